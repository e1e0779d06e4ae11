import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset


class GlucoseDays(Dataset):
    """48 half-hourly readings; the answer is a risk score made of level, swing and morning slope."""

    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        level = rng.normal(0, 1, n)
        swing = rng.gamma(4, 0.25, n)
        t = np.arange(48)
        curve = level[:, None] + 0 * t
        for meal in (14, 25, 37):
            at = meal + rng.normal(0, 1.5, n)
            curve = curve + swing[:, None] * np.exp(-((t - at[:, None]) / 2.5) ** 2)
        curve = curve + rng.normal(0, 0.2, curve.shape)
        score = level + 0.8 * swing + 0.5 * np.maximum(level, 0) * swing
        self.curves = torch.tensor((curve - 0.3) / 1.2, dtype=torch.float32).unsqueeze(1)
        self.scores = torch.tensor((score - 1.0) / 1.4, dtype=torch.float32)

    def __len__(self):
        return len(self.scores)

    def __getitem__(self, index):
        return self.curves[index], self.scores[index]


def conv_block(n_in, n_out):
    return nn.Sequential(
        nn.Conv1d(n_in, n_out, kernel_size=5, padding=2),
        nn.BatchNorm1d(n_out),
        nn.ReLU(),
        nn.MaxPool1d(2),
    )


class RiskNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(conv_block(1, 12), conv_block(12, 24))
        self.score = nn.Sequential(nn.Flatten(), nn.Linear(24 * 12, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, curve):
        return self.score(self.features(curve)).squeeze(1)


def evaluate(net, dataset):
    net.eval()
    with torch.no_grad():
        guess = net(dataset.curves)
    error = nn.functional.mse_loss(guess, dataset.scores).item()
    return error, 1 - error / dataset.scores.var(unbiased=False).item()


def main():
    torch.manual_seed(9)
    train, valid = GlucoseDays(1000, 1), GlucoseDays(400, 2)
    loader = DataLoader(train, shuffle=True)
    net = RiskNet()
    loss_fn = nn.MSELoss()
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
    for epoch in range(1, 9):
        net.train()
        running = 0.0
        for curve, score in loader:
            loss = loss_fn(net(curve), score)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            running += loss.item()
        error, r2 = evaluate(net, valid)
        print(f"epoch {epoch:2d} train mse {running / len(loader):.3f} valid mse {error:.3f} R2 {r2:.3f}")


main()
