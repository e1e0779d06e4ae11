import math

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def beats(n, seed):
    gen = torch.Generator().manual_seed(seed)
    kind = torch.randint(3, (n,), generator=gen)
    t = torch.linspace(-1, 1, 80)
    shift = 0.15 * torch.randn(n, 1, generator=gen)
    early = (kind == 1).float()[:, None]
    broad = (kind == 2).float()[:, None]
    spike = torch.exp(-((t - shift + 0.12 * early) / (0.05 + 0.025 * broad)) ** 2) * (1.2 - 0.2 * broad)
    wave = 0.35 * torch.exp(-((t - shift - 0.4) / 0.12) ** 2)
    bump = 0.2 * torch.exp(-((t - shift + 0.4) / 0.1) ** 2)
    drift = 0.5 * torch.sin(math.pi * t + 6 * torch.rand(n, 1, generator=gen))
    volts = 25 + 4 * (spike + wave + bump + drift + 0.08 * torch.randn(n, 80, generator=gen))
    return volts.unsqueeze(1), kind


def layer(n_in, n_out, stride):
    return [nn.Conv1d(n_in, n_out, 5, stride=stride, padding=2), nn.BatchNorm1d(n_out), nn.ReLU()]


class HeartbeatClassifier:
    def __init__(self, lr=0.02, epochs=6):
        self.epochs = epochs
        self.net = nn.Sequential(
            nn.BatchNorm1d(1),
            *layer(1, 16, 1), *layer(16, 16, 2), *layer(16, 24, 2), *layer(24, 24, 2),
            nn.Flatten(), nn.Linear(240, 3),
        )
        self.net.eval()
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=lr, momentum=0.9)

    def fit(self, loader, x_val, kind_val):
        for epoch in range(self.epochs):
            self.net.train()
            total = 0.0
            for x, kind in loader:
                self.optimizer.zero_grad()
                loss = self.criterion(self.net(x), kind)
                loss.backward()
                self.optimizer.step()
                total += loss.item()
            right = (self.predict(x_val) == kind_val).float().mean().item()
            print(f"epoch {epoch + 1}: loss {total / len(loader):.4f}, validation accuracy {right:.3f}")

    def predict(self, x):
        self.net.eval()
        with torch.no_grad():
            return self.net(x).argmax(dim=1)


torch.manual_seed(71)
loader = DataLoader(TensorDataset(*beats(2000, 1)), batch_size=40, shuffle=True)
HeartbeatClassifier().fit(loader, *beats(600, 2))
