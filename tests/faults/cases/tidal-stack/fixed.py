import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim


class Cfg:
    past = 48
    ahead = 6
    width = 48
    depth = 24
    epochs = 10
    batch = 64
    lr = 1e-3
    seed = 29


def water_level(hours, rng):
    t = np.arange(hours)
    tide = np.sin(2 * np.pi * t / 12.42) + 0.4 * np.sin(2 * np.pi * t / 12.0 + 1) + 0.25 * np.sin(2 * np.pi * t / 25.8)
    surge = np.zeros(hours)
    for i in range(1, hours):
        surge[i] = 0.97 * surge[i - 1] + rng.normal(0, 0.06)
    shallow = 0.3 * np.maximum(tide + surge, 0) ** 2
    return tide + surge + shallow + rng.normal(0, 0.03, hours)


class Stage(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc = nn.Linear(width, width)
        self.act = nn.ReLU()

    def forward(self, x):
        return x + 0.2 * self.act(self.fc(x))


class TideNet(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.stem = nn.Linear(cfg.past, cfg.width)
        self.stages = nn.ModuleList([Stage(cfg.width) for _ in range(cfg.depth)])
        self.final = nn.Linear(cfg.width, 1)

    def forward(self, x):
        x = self.stem(x)
        for stage in self.stages:
            x = stage(x)
        return self.final(x).squeeze(-1)


def main(cfg=Cfg):
    torch.manual_seed(cfg.seed)
    level = water_level(5000, np.random.default_rng(cfg.seed))
    level = (level - level[:4000].mean()) / level[:4000].std()
    n = len(level) - cfg.past - cfg.ahead
    x = torch.tensor(np.stack([level[i:i + cfg.past] for i in range(n)]), dtype=torch.float32)
    y = torch.tensor(level[cfg.past + cfg.ahead - 1:][:n], dtype=torch.float32)
    split = 3900
    model = TideNet(cfg)
    opt = optim.Adam(model.parameters(), lr=cfg.lr)
    crit = nn.MSELoss()
    for epoch in range(1, cfg.epochs + 1):
        model.train()
        running = 0.0
        for idx in torch.randperm(split).split(cfg.batch):
            opt.zero_grad()
            loss = crit(model(x[idx]), y[idx])
            loss.backward()
            opt.step()
            running += loss.item() * len(idx)
        model.eval()
        with torch.no_grad():
            test = crit(model(x[split + cfg.past:]), y[split + cfg.past:]).item()
        print(f"epoch {epoch:2d} train mse {running / split:.4f} test mse {test:.4f}")


main()
