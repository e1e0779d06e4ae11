"""Height above sea level from map coordinates (easting, northing in metres)."""
import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(3)
torch.manual_seed(3)


def survey(n):
    east = rng.uniform(452_000, 456_000, n)
    north = rng.uniform(5_411_000, 5_415_000, n)
    u, v = (east - 454_000) / 2000, (north - 5_413_000) / 2000
    height = 410 + 120 * np.exp(-((u - 0.4) ** 2 + (v + 0.2) ** 2) / 0.3) + 60 * u * v - 40 * np.cos(2.5 * v)
    height += rng.normal(0, 3, n)
    return np.column_stack([east, north]), height


class HeightField(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.inp = nn.Linear(2, width)
        self.mid = nn.Linear(width, width)
        self.out = nn.Linear(width, 1)
        self.act = nn.SiLU()

    def forward(self, p):
        return self.out(self.act(self.mid(self.act(self.inp(p))))).squeeze(1)


points, heights = survey(3000)
mean_h, std_h = heights[:2400].mean(), heights[:2400].std()
xs = torch.from_numpy((points - points[:2400].mean(0)) / points[:2400].std(0)).float()
zs = torch.from_numpy((heights - mean_h) / std_h).float()
x_tr, z_tr, x_te, z_te = xs[:2400], zs[:2400], xs[2400:], zs[2400:]

net = HeightField()
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
step = 0
while step < 1500:
    pick = torch.randint(0, 2400, (64,))
    opt.zero_grad()
    loss = ((net(x_tr[pick]) - z_tr[pick]) ** 2).mean()
    loss.backward()
    opt.step()
    step += 1
    if step % 250 == 0:
        with torch.no_grad():
            rmse = ((net(x_te) - z_te) ** 2).mean().sqrt().item() * std_h
        print(f"step {step}: batch loss {loss.item():.4f}, test error {rmse:.1f} m")
