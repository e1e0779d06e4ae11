import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def ping(rng, n, length=80):
    """Echoes of mines (short, double) and rocks (long, single) in reverberation."""
    mine = rng.integers(0, 2, n)
    delay = rng.uniform(10, 50, n)
    t = np.arange(length)[None]
    env = np.exp(-((t - delay[:, None]) ** 2) / np.where(mine, 9.0, 26.0)[:, None])
    second = np.exp(-((t - delay[:, None] - rng.uniform(9, 14, n)[:, None]) ** 2) / 9.0)
    echo = (env + mine[:, None] * 0.7 * second) * np.cos(t * rng.uniform(0.9, 1.3, n)[:, None])
    echo *= rng.uniform(0.7, 1.3, n)[:, None]
    return (echo + 0.15 * rng.normal(size=(n, length))).astype("f4"), mine.astype("f4")


def make_loader(rng, n, **kw):
    echo, mine = ping(rng, n)
    return DataLoader(TensorDataset(torch.from_numpy(echo)[:, None], torch.from_numpy(mine)), **kw)


def make_model():
    return nn.Sequential(
        nn.Conv1d(1, 16, 9, padding=4), nn.ReLU(), nn.MaxPool1d(2),
        nn.Conv1d(16, 24, 9, padding=4), nn.ReLU(), nn.AdaptiveMaxPool1d(4), nn.Flatten(),
        nn.Linear(96, 32), nn.ReLU(), nn.Linear(32, 1), nn.Flatten(0),
    )


def train(model, loader, val_loader, epochs=9):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    criterion = nn.BCEWithLogitsLoss()
    for epoch in range(epochs):
        model.train()
        loss_sum = 0
        for echo, mine in loader:
            optimizer.zero_grad
            loss = criterion(model(echo), mine)
            loss.backward()
            optimizer.step()
            loss_sum += loss.item()
        model.eval()
        ok = n = 0
        with torch.no_grad():
            for echo, mine in val_loader:
                ok += ((model(echo) > 0) == (mine > 0.5)).sum().item()
                n += len(mine)
        print(f"[{epoch + 1}/{epochs}] loss {loss_sum / len(loader):.3f} val_acc {ok / n:.3f}")


if __name__ == "__main__":
    torch.manual_seed(9)
    rng = np.random.default_rng(9)
    train(make_model(), make_loader(rng, 1600, batch_size=32, shuffle=True), make_loader(rng, 500, batch_size=250))
