import math
import torch
from torch import nn


def recordings(n, gen):
    """(n, 60 time steps, 3 axes); a movement = which axis swings fast and which slowly"""
    pairs = [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)]
    y = torch.randint(6, (n,), generator=gen)
    t = torch.arange(60) / 60
    x = 0.5 * torch.randn(n, 60, 3, generator=gen)
    for i in range(n):
        fast, slow = pairs[int(y[i])]
        ph = torch.rand(2, generator=gen) * 2 * math.pi
        x[i, :, fast] += torch.sin(2 * math.pi * 7 * t + ph[0])
        x[i, :, slow] += torch.sin(2 * math.pi * 2 * t + ph[1])
    return x, y


class Recogniser:
    def __init__(self, channels=3, classes=6):
        self.net = nn.Sequential(
            nn.Conv1d(channels, 24, 7, padding=3), nn.BatchNorm1d(24), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(24, 32, 5, padding=2), nn.BatchNorm1d(32), nn.ReLU(),
            nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(32, classes),
        )
        self.channels = channels

    def prepare(self, x):
        return x.reshape(len(x), self.channels, -1)

    def fit(self, x, y, epochs=8, batch=32, lr=2e-3):
        opt = torch.optim.Adam(self.net.parameters(), lr=lr)
        for epoch in range(epochs):
            self.net.train()
            running = 0.0
            for idx in torch.randperm(len(x)).split(batch):
                loss = nn.functional.cross_entropy(self.net(self.prepare(x[idx])), y[idx])
                opt.zero_grad()
                loss.backward()
                opt.step()
                running += loss.item() * len(idx)
            print("epoch", epoch + 1, "loss", round(running / len(x), 4))
        return self

    @torch.no_grad()
    def score(self, x, y):
        self.net.eval()
        return (self.net(self.prepare(x)).argmax(1) == y).double().mean().item()


torch.manual_seed(11)
gen = torch.Generator().manual_seed(11)
x_train, y_train = recordings(1200, gen)
x_test, y_test = recordings(400, gen)
recogniser = Recogniser().fit(x_train, y_train)
print(f"train {recogniser.score(x_train, y_train):.3f} test {recogniser.score(x_test, y_test):.3f}")
