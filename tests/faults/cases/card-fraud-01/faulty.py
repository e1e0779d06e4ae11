import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def payments(n, seed):
    """Amount, hour, distance from home, payments in the last hour, and six that say nothing."""
    rng = np.random.default_rng(seed)
    fraud = rng.random(n) < 0.02
    amount = rng.normal(0, 1, n) + 1.0 * fraud
    hour = rng.normal(0, 1, n) - 0.8 * fraud
    distance = rng.normal(0, 1, n) + 1.0 * fraud
    rate = rng.normal(0, 1, n) + 0.9 * fraud
    other = rng.normal(0, 1, (n, 6))
    x = np.column_stack([amount, hour, distance, rate, other]).astype(np.float32)
    return torch.from_numpy(x), torch.from_numpy(fraud.astype(np.float32))


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 1))

    def forward(self, x):
        return self.net(x).flatten()


def report(model, x, y):
    model.eval()
    with torch.no_grad():
        flagged = model(x) > 0
    caught = (flagged & (y == 1)).sum().item()
    recall = caught / y.sum().item()
    kept = (~flagged & (y == 0)).sum().item() / (y == 0).sum().item()
    accuracy = (flagged == (y == 1)).float().mean().item()
    return f"accuracy {accuracy:.3f} flagged {flagged.sum().item()} recall {recall:.3f} balanced {(recall + kept) / 2:.3f}"


def train(epochs=8):
    torch.manual_seed(1)
    x_train, y_train = payments(8000, 0)
    x_val, y_val = payments(4000, 1)
    loader = DataLoader(TensorDataset(x_train, y_train), batch_size=64, shuffle=True)
    model = Detector()
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    for epoch in range(epochs):
        model.train()
        total = 0.0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        print(f"epoch {epoch + 1} loss {total / len(loader):.4f} {report(model, x_val, y_val)}")


train()
