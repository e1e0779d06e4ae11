from dataclasses import dataclass, field

import torch
from torch import nn
from sklearn.datasets import make_friedman1


@dataclass
class Settings:
    effective_batch: int = 32
    micro_batch: int = 2  # what fits in memory
    epochs: int = 8
    lr: float = 5e-3
    hidden: list = field(default_factory=lambda: [48, 48])


def build(n_in, s: Settings) -> nn.Sequential:
    parts, width = [], n_in
    for h in s.hidden:
        parts += [nn.Linear(width, h), nn.BatchNorm1d(h), nn.ReLU()]
        width = h
    return nn.Sequential(*parts, nn.Linear(width, 1), nn.Flatten(0))


def prepare():
    X, y = make_friedman1(n_samples=1600, n_features=8, noise=0.3, random_state=0)
    X = torch.tensor(X, dtype=torch.float32) * 3.46 - 1.73
    y = torch.tensor(y, dtype=torch.float32)
    y = (y - y[:1280].mean()) / y[:1280].std()
    return X[:1280], y[:1280], X[1280:], y[1280:]


def train(s: Settings):
    X, y, X_val, y_val = prepare()
    net = build(X.shape[1], s)
    opt = torch.optim.Adam(net.parameters(), lr=s.lr)
    for epoch in range(s.epochs):
        net.train()
        for group in torch.randperm(len(X)).split(s.effective_batch):
            opt.zero_grad()
            for micro in group.split(s.micro_batch):
                loss = ((net(X[micro]) - y[micro]) ** 2).sum() / len(group)
                loss.backward()
            opt.step()
        net.eval()
        with torch.no_grad():
            mse = ((net(X_val) - y_val) ** 2).mean().item()
        print(f"epoch {epoch + 1}/{s.epochs} val mse {mse:.4f} (R2 {1 - mse / y_val.var().item():.3f})")


torch.manual_seed(0)
train(Settings())
