"""Learn to order cheeses the way the tasting panel does. What counts is the order, so the loss is a correlation of ranks."""
import numpy as np
import torch
import torch.nn as nn


def to_ranks(values):
    return values.argsort().argsort().float()


def correlation(a, b):
    a = a - a.mean()
    b = b - b.mean()
    return (a * b).sum() / (a.norm() * b.norm() + 1e-8)


class RankLoss(nn.Module):
    """1 - Spearman correlation, and a slight pull on the scores to keep them from drifting."""

    def __init__(self, pull=1e-3):
        super().__init__()
        self.pull = pull

    def forward(self, scores, grades):
        rho = correlation(scores, to_ranks(grades))
        return 1 - rho + self.pull * scores.pow(2).mean()


class Taster(nn.Module):
    def __init__(self, n_in):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(n_in, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, x):
        return self.net(x).flatten()


def cheeses(n, rng):
    salt, fat, age, acid, moist = rng.normal(0, 1, (5, n))
    grade = np.exp(-(salt - 0.3) ** 2) + 0.5 * fat * (age > 0) + 0.4 * np.tanh(2 * age) - 0.3 * acid ** 2
    grade = grade + 0.12 * rng.normal(0, 1, n)
    x = np.stack([salt, fat, age, acid, moist], 1)
    return torch.tensor(x, dtype=torch.float32), torch.tensor(grade, dtype=torch.float32)


def spearman(model, x, grades):
    model.eval()
    with torch.no_grad():
        return correlation(to_ranks(model(x)), to_ranks(grades)).item()


torch.manual_seed(9)
rng = np.random.default_rng(9)
x_train, g_train = cheeses(2400, rng)
x_val, g_val = cheeses(600, rng)
model = Taster(x_train.shape[1])
criterion = RankLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)

for epoch in range(1, 41):
    model.train()
    epoch_loss = []
    for idx in torch.randperm(len(x_train)).split(80):
        loss = criterion(model(x_train[idx]), g_train[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        epoch_loss.append(loss.item())
    if epoch % 10 == 0:
        print(f"epoch {epoch}  loss {np.mean(epoch_loss):.4f}  val spearman {spearman(model, x_val, g_val):.3f}")
