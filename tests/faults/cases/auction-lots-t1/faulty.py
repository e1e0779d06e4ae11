import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split

CATEGORIES = {"maker": 150, "house": 30, "material": 12}
EMB_DIM = 3


def make_table(n, rng):
    """log price of a lot = maker + house + material + something from the numeric columns"""
    effects = {name: rng.normal(0, 1, size) for name, size in CATEGORIES.items()}
    cats = np.column_stack([rng.integers(0, size, n) for size in CATEGORIES.values()])
    nums = rng.normal(0, 1, (n, 4))
    price = sum(effects[name][cats[:, i]] for i, name in enumerate(CATEGORIES))
    price = price + 0.5 * nums[:, 0] - 0.4 * np.tanh(nums[:, 1] * nums[:, 2]) + rng.normal(0, 0.2, n)
    price = (price - price.mean()) / price.std()
    return (torch.tensor(cats), torch.tensor(nums, dtype=torch.float32), torch.tensor(price, dtype=torch.float32))


class LotPricer(nn.Module):
    def __init__(self, hidden=48):
        super().__init__()
        self.embeddings = {name: nn.Embedding(size, EMB_DIM) for name, size in CATEGORIES.items()}
        self.mlp = nn.Sequential(
            nn.Linear(len(CATEGORIES) * EMB_DIM + 4, hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden // 2),
            nn.ReLU(),
            nn.Linear(hidden // 2, 1),
        )

    def forward(self, cats, nums):
        parts = [emb(cats[:, i]) for i, emb in enumerate(self.embeddings.values())]
        return self.mlp(torch.cat(parts + [nums], dim=1)).squeeze(1)


def run_epoch(model, loader, criterion, optimizer=None):
    model.train(optimizer is not None)
    total, count = 0.0, 0
    with torch.set_grad_enabled(optimizer is not None):
        for cats, nums, price in loader:
            loss = criterion(model(cats, nums), price)
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            total += loss.item() * len(price)
            count += len(price)
    return total / count


torch.manual_seed(17)
dataset = TensorDataset(*make_table(10000, np.random.default_rng(17)))
train_set, val_set = random_split(dataset, [8000, 2000])
train_loader = DataLoader(train_set, batch_size=64, shuffle=True)
val_loader = DataLoader(val_set, batch_size=500)

model = LotPricer()
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, weight_decay=1e-5)
for epoch in range(20):
    train_mse = run_epoch(model, train_loader, criterion, optimizer)
    val_mse = run_epoch(model, val_loader, criterion)
    print(f"epoch {epoch + 1:2d}: train mse {train_mse:.4f}, val mse {val_mse:.4f}, val R2 {1 - val_mse:.3f}")
