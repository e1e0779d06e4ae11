import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

CARDINALITIES = [50, 50, 12, 8]  # origin zone, destination zone, carrier, service


def shipments(n, seed):
    tables = np.random.default_rng(99)
    origin, dest = tables.normal(0, 0.5, 50), tables.normal(0, 0.5, 50)
    carrier, service = tables.normal(0, 0.4, 12), tables.normal(0, 0.4, 8)
    rng = np.random.default_rng(seed)
    cats = np.stack([rng.integers(0, c, n) for c in CARDINALITIES], axis=1)
    weight, volume = rng.normal(size=n), rng.normal(size=n)
    log_cost = (origin[cats[:, 0]] + dest[cats[:, 1]] + carrier[cats[:, 2]] * (1 + 0.5 * weight)
                + service[cats[:, 3]] + 0.3 * np.maximum(weight, volume) + rng.normal(0, 0.08, n))
    nums = np.stack([weight, volume], axis=1)
    return (torch.tensor(cats), torch.tensor(nums, dtype=torch.float32),
            torch.tensor(log_cost, dtype=torch.float32))


class TabularModel(nn.Module):
    def __init__(self, cardinalities, n_numeric, emb_dim=3, hidden=48):
        super().__init__()
        self.embeddings = [nn.Embedding(c, emb_dim) for c in cardinalities]
        self.net = nn.Sequential(
            nn.Linear(emb_dim * len(cardinalities) + n_numeric, hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, 1),
        )

    def forward(self, cats, nums):
        embedded = [emb(cats[:, i]) for i, emb in enumerate(self.embeddings)]
        return self.net(torch.cat(embedded + [nums], dim=1)).squeeze(1)


def r_squared(model, cats, nums, target):
    model.eval()
    with torch.no_grad():
        residual = target - model(cats, nums)
    return 1 - (residual.square().mean() / target.var()).item()


torch.manual_seed(13)
train = shipments(8000, seed=0)
valid = shipments(1500, seed=1)
loader = DataLoader(TensorDataset(*train), batch_size=64, shuffle=True)

model = TabularModel(CARDINALITIES, n_numeric=2)
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
loss_fn = nn.MSELoss()

for epoch in range(1, 16):
    model.train()
    total = 0.0
    for cats, nums, target in loader:
        loss = loss_fn(model(cats, nums), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(target)
    print(f"epoch {epoch:02d} train mse {total / len(train[0]):.4f} valid R2 {r_squared(model, *valid):.4f}")
