import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset


class SieveData(Dataset):
    def __init__(self, x, y):
        self.x = torch.as_tensor(x, dtype=torch.float32)
        self.y = torch.as_tensor(y, dtype=torch.float32).unsqueeze(1)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


def simulate(n, rng):
    x = rng.normal(size=(n, 18))
    size = 1.2 * x[:, 0] - 0.8 * x[:, 1] + x[:, 2] * x[:, 3] + 0.7 * np.abs(x[:, 4]) + rng.normal(0, 0.2, n)
    return x, size


class GrainMLP(nn.Module):
    def __init__(self, n_in=18, hidden=48):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(n_in, hidden), nn.BatchNorm1d(hidden), nn.ReLU(),
            nn.Linear(hidden, hidden), nn.BatchNorm1d(hidden), nn.ReLU(),
            nn.Linear(hidden, 1),
        )

    def forward(self, x):
        return self.net(x)


def fit(model, train_loader, val_loader, epochs, lr):
    criterion = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for epoch in range(1, epochs + 1):
        model.train()
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
        model.eval()
        squared = 0.0
        with torch.no_grad():
            for x, y in val_loader:
                squared += ((model(x) - y) ** 2).sum().item()
        if epoch % 2 == 0:
            print(f"epoch {epoch}: validation rmse {(squared / len(val_loader.dataset)) ** 0.5:.3f}")


if __name__ == "__main__":
    torch.manual_seed(13)
    rng = np.random.default_rng(13)
    x, y = simulate(1700, rng)
    y = (y - y[:1200].mean()) / y[:1200].std()
    train_loader = DataLoader(SieveData(x[:1200], y[:1200]), batch_size=16, shuffle=True)
    val_loader = DataLoader(SieveData(x[1200:], y[1200:]), batch_size=250)
    fit(GrainMLP(), train_loader, val_loader, epochs=10, lr=5e-3)
