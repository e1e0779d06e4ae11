from dataclasses import dataclass

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass(frozen=True)
class Settings:
    hidden: int = 64
    batch_size: int = 32
    epochs: int = 15
    lr: float = 3e-4
    seed: int = 3


class OddNet(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.stack = nn.Sequential(nn.Linear(64, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU())
        self.odd = nn.Linear(hidden, 1)

    def forward(self, x):
        return self.odd(self.stack(x)).squeeze(1)


def load(settings):
    x, y = load_digits(return_X_y=True)
    x = torch.tensor(x / 16 * 2 - 0.6, dtype=torch.float32)
    y = torch.tensor(y % 2, dtype=torch.float32)
    train, test = train_test_split(torch.arange(len(x)), test_size=0.25, random_state=settings.seed)
    return TensorDataset(x[train], y[train]), TensorDataset(x[test], y[test])


def main(settings=Settings()):
    torch.manual_seed(settings.seed)
    train, test = load(settings)
    loader = DataLoader(train, batch_size=settings.batch_size, shuffle=True)
    net = OddNet(settings.hidden)
    loss_fn = nn.BCEWithLogitsLoss()
    opt = torch.optim.SGD(net.parameters(), lr=settings.lr)
    for epoch in range(settings.epochs):
        net.train()
        for x, y in loader:
            opt.zero_grad()
            loss_fn(net(x), y).backward()
            opt.step()
        net.eval()
        with torch.no_grad():
            x, y = test.tensors
            out = net(x)
            print(f"{epoch + 1:3d} test loss {loss_fn(out, y):.4f} accuracy {((out > 0) == (y > 0.5)).float().mean():.4f}")


main()
