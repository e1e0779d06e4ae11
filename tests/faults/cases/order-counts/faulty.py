import math

import torch
from torch import nn


def shop_hours(n):
    """Hour of the day, weekend or not, discount; and the number of orders that came in."""
    hour = torch.randint(0, 24, (n,)).float()
    weekend = (torch.rand(n) < 2 / 7).float()
    discount = torch.rand(n).mul(2).floor() * torch.rand(n)
    rate = 8 * torch.exp(-((hour - 19) / 3.5) ** 2) + 4 * torch.exp(-((hour - 12) / 2) ** 2)
    rate = (rate + 0.05) * (1 + 0.8 * weekend) * (1 + 1.5 * discount)
    angle = hour * math.pi / 12
    x = torch.stack([angle.sin(), angle.cos(), (2 * angle).sin(), (2 * angle).cos(), weekend, discount], dim=1)
    return x, torch.poisson(rate), rate


class RateNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stack = nn.Sequential(nn.Linear(6, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 1))

    def forward(self, x):
        return nn.functional.softplus(self.stack(x)).squeeze(1)


def deviance(rate, count):
    surprise = count * torch.log(count / rate)
    return 2 * (surprise - (count - rate)).mean()


torch.manual_seed(6)
x, count, _ = shop_hours(4000)
x_val, count_val, true_rate = shop_hours(1000)
net = RateNet()
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
for epoch in range(1, 31):
    running = 0.0
    for idx in torch.randperm(len(x)).split(80):
        optimizer.zero_grad()
        loss = deviance(net(x[idx]), count[idx])
        loss.backward()
        optimizer.step()
        running += loss.item() * len(idx)
    if epoch % 5 == 0:
        with torch.no_grad():
            rate = net(x_val)
        print(f"epoch {epoch}  deviance {running / len(x):.3f}  error of the rate {(rate - true_rate).abs().mean().item():.3f}")
