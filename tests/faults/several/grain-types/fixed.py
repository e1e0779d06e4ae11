import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


def spectra(n, rng):
    wave = np.linspace(0, 1, 40)
    kind = rng.integers(0, 4, n)
    base = np.stack([np.sin(2 * np.pi * (1 + 0.25 * k) * wave + k) for k in range(4)])
    light = rng.lognormal(0, 0.7, (n, 1))
    x = 80 * light * (base[kind] * 0.35 + 1.5 + 0.25 * rng.normal(size=(n, 40)))
    return torch.tensor(x, dtype=torch.float32), torch.tensor(kind)


def evaluate(model, loader):
    model.eval()
    correct, count, loss = 0, 0, 0.0
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            loss += nn.functional.cross_entropy(out, y, reduction="sum").item()
            predicted = torch.max(out, 1)[1]
            correct += (predicted == y).sum().item()
            count += len(y)
    return loss / count, correct / count


torch.manual_seed(2)
rng = np.random.default_rng(2)
train_loader = DataLoader(TensorDataset(*spectra(1600, rng)), batch_size=40, shuffle=True)
test_loader = DataLoader(TensorDataset(*spectra(400, rng)), batch_size=100)
model = nn.Sequential(
    nn.BatchNorm1d(40),
    nn.Linear(40, 64), nn.BatchNorm1d(64), nn.ReLU(),
    nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU(),
    nn.Linear(64, 4),
)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
loss, acc = evaluate(model, test_loader)
print(f"before training: loss {loss:.3f} accuracy {acc:.3f}")
for epoch in range(1, 11):
    model.train()
    for x, y in train_loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    loss, acc = evaluate(model, test_loader)
    print(f"epoch {epoch}: test loss {loss:.4f} accuracy {acc:.3f}")
