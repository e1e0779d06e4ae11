import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


def passages(n, seed, length=128):
    """A wheel rolling over a sensor; flats of growing length knock once per turn."""
    rng = np.random.default_rng(seed)
    grade = rng.integers(0, 4, n)
    t = np.arange(length)
    X = np.zeros((n, 1, length), np.float32)
    for i, g in enumerate(grade):
        turn = rng.integers(22, 34)
        since = (t + rng.integers(0, turn)) % turn
        ring = np.exp(-since / (2.0 + g)) * np.cos((1.5 - 0.2 * g) * since)
        X[i, 0] = (0 if g == 0 else 0.9 + 0.4 * g) * ring + 0.35 * rng.normal(size=length)
        X[i, 0] += 0.4 * np.sin(2 * np.pi * t / turn)
    return torch.from_numpy(X / 0.6), torch.from_numpy(grade)


class WheelNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv1d(1, 16, 7, padding=3), nn.BatchNorm1d(16), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(16, 32, 5, padding=2), nn.BatchNorm1d(32), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(32, 32, 5, padding=2), nn.BatchNorm1d(32), nn.ReLU(), nn.AdaptiveAvgPool1d(1),
        )
        self.fc = nn.Linear(32, 4)

    def forward(self, x):
        return self.fc(self.conv(x).flatten(1))


class Trainer:
    def __init__(self, model, train_loader, val_loader, lr=0.01):
        self.model = model
        self.train_loader = train_loader
        self.val_loader = val_loader
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.8)

    def train_epoch(self):
        self.model.train()
        losses = []
        for x, y in self.train_loader:
            loss = self.criterion(self.model(x), y)
            loss.backward()
            self.optimizer.step()
            losses.append(loss.item())
        return float(np.mean(losses))

    @torch.no_grad()
    def validate(self):
        self.model.eval()
        loss, correct, n = 0.0, 0, 0
        for x, y in self.val_loader:
            out = self.model(x)
            loss += self.criterion(out, y).item() * len(y)
            correct += (out.argmax(1) == y).sum().item()
            n += len(y)
        return loss / n, correct / n

    def fit(self, epochs):
        for epoch in range(1, epochs + 1):
            train_loss = self.train_epoch()
            val_loss, val_acc = self.validate()
            print(f"[{epoch:2d}] train loss {train_loss:.4f} - val loss {val_loss:.4f} - val acc {val_acc:.4f}")


def main():
    torch.manual_seed(2)
    train_loader = DataLoader(TensorDataset(*passages(2000, 0)), batch_size=40, shuffle=True)
    val_loader = DataLoader(TensorDataset(*passages(400, 1)), batch_size=200)
    Trainer(WheelNet(), train_loader, val_loader).fit(10)


if __name__ == "__main__":
    main()
