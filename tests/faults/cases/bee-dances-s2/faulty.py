import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset, random_split


class DanceDataset(Dataset):
    """24 measures of a waggle dance (angles, durations, speeds) and the meadow that the bee came from."""

    def __init__(self, n=900, meadows=6, seed=33):
        rng = np.random.default_rng(seed)
        meadow = rng.integers(0, meadows, n)
        centre = rng.normal(0, 1, (meadows, 24))
        x = 0.62 * centre[meadow] + rng.normal(0, 1, (n, 24))
        self.x = torch.tensor((x - x.mean(0)) / x.std(0), dtype=torch.float32)
        self.y = torch.tensor(meadow)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, idx):
        return self.x[idx], self.y[idx]


class DanceNet(nn.Module):
    def __init__(self, n_in=24, n_hidden=32, n_out=6, p=0.3):
        super().__init__()
        self.hidden = nn.Linear(n_in, n_hidden)
        self.drop = nn.Dropout(p)
        self.out = nn.Linear(n_hidden, n_out)

    def forward(self, x):
        x = torch.tanh(self.hidden(x))
        return self.out(self.drop(x))


def train_step(model, loader, optimizer, criterion):
    model.train()
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
    return total / len(loader.dataset)


def val_step(model, loader, criterion):
    model.eval()
    total, correct = 0.0, 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            total += criterion(out, y).item() * len(y)
            correct += (out.argmax(1) == y).sum().item()
    return total / len(loader.dataset), correct / len(loader.dataset)


torch.manual_seed(33)
dataset = DanceDataset()
train_set, val_set = random_split(dataset, [600, 300])
train_loader = DataLoader(train_set, batch_size=30, shuffle=True)
val_loader = DataLoader(train_set, batch_size=200)

model = DanceNet()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, weight_decay=1e-4)
for epoch in range(1, 21):
    train_loss = train_step(model, train_loader, optimizer, criterion)
    val_loss, val_acc = val_step(model, val_loader, criterion)
    if epoch % 5 == 0:
        print(f"epoch {epoch:3d}   train loss {train_loss:.3f}   val loss {val_loss:.3f}   val acc {val_acc:.3f}")
