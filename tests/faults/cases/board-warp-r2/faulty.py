import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

hparams = {
    "hidden": 48,
    "blocks": 2,
    "learning_rate": 1e-3,
    "l2": 0.2,
    "batch_size": 64,
    "epochs": 12,
}


class ResidualBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width))

    def forward(self, x):
        return torch.relu(x + self.inner(x))


class WarpModel(nn.Module):
    def __init__(self, n_in, hidden, blocks):
        super().__init__()
        self.stem = nn.Linear(n_in, hidden)
        self.blocks = nn.Sequential(*[ResidualBlock(hidden) for _ in range(blocks)])
        self.out = nn.Linear(hidden, 1)

    def forward(self, x):
        return self.out(self.blocks(torch.relu(self.stem(x))))


def boards(n):
    """moisture, density, ring angle, thickness, drying rate, distance from the pith"""
    x = torch.randn(n, 6)
    warp = 1.1 * x[:, 0] * torch.cos(1.5 * x[:, 2]) + 0.6 * x[:, 4] - 0.5 * torch.relu(x[:, 3]) + 0.4 * x[:, 1]
    return x, (warp + 0.1 * torch.randn(n)).unsqueeze(1)


def run(hp):
    torch.manual_seed(2024)
    x_train, y_train = boards(8000)
    x_val, y_val = boards(1000)
    y_mean, y_std = y_train.mean(), y_train.std()
    y_train, y_val = (y_train - y_mean) / y_std, (y_val - y_mean) / y_std
    loader = DataLoader(TensorDataset(x_train, y_train), batch_size=hp["batch_size"], shuffle=True)

    model = WarpModel(6, hp["hidden"], hp["blocks"])
    criterion = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=hp["learning_rate"], weight_decay=hp["l2"])
    for epoch in range(1, hp["epochs"] + 1):
        model.train()
        total = 0.0
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
        model.eval()
        with torch.no_grad():
            val = criterion(model(x_val), y_val).item()
        print(f"epoch {epoch}: train mse {total / len(x_train):.4f}, val mse {val:.4f}, val R2 {1 - val / y_val.var().item():.3f}")


run(hparams)
