import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset, DataLoader

rng = np.random.default_rng(4)
DAYS, PRODUCTS, LOOKBACK = 220, 24, 7


def daily_sales():
    week = 1 + 0.45 * np.sin(2 * np.pi * (np.arange(DAYS)[:, None] / 7 + rng.uniform(size=PRODUCTS)))
    base = rng.uniform(25, 60, size=PRODUCTS)
    sales = rng.poisson(base * week).astype(float)
    closed = rng.uniform(size=sales.shape) < 0.004
    sales[closed] = 0.0
    return sales


class GrowthWindows(Dataset):
    """A week of day-over-day growth -> log of tomorrow's sales relative to the product's mean."""

    def __init__(self, sales, first, last):
        mean = sales[:160].mean(0)
        growth = (sales[1:] - sales[:-1]) / sales[:-1]
        self.items = []
        for day in range(max(first, LOOKBACK), last):
            for p in range(sales.shape[1]):
                past = growth[day - LOOKBACK:day, p]
                level = sales[day - LOOKBACK + 1:day + 1, p] / mean[p] - 1
                target = np.log1p(sales[day + 1, p]) - np.log1p(mean[p])
                self.items.append((np.concatenate([past, level]), target))

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        x, t = self.items[i]
        return torch.tensor(x, dtype=torch.float32), torch.tensor([t], dtype=torch.float32)


torch.manual_seed(4)
sales = daily_sales()
train_loader = DataLoader(GrowthWindows(sales, 0, 160), batch_size=64, shuffle=True)
test_loader = DataLoader(GrowthWindows(sales, 167, DAYS - 1), batch_size=512)

net = nn.Sequential(nn.Linear(2 * LOOKBACK, 48), nn.ReLU(), nn.Linear(48, 24), nn.ReLU(), nn.Linear(24, 1))
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
huber = nn.SmoothL1Loss()

for epoch in range(1, 13):
    net.train()
    seen = 0.0
    for x, t in train_loader:
        opt.zero_grad()
        loss = huber(net(x), t)
        loss.backward()
        opt.step()
        seen += loss.item() * len(x)
    net.eval()
    with torch.no_grad():
        err = torch.cat([(net(x) - t).abs() for x, t in test_loader])
    print(f"epoch {epoch} train {seen / len(train_loader.dataset):.4f} test median error {err.median():.4f}")
