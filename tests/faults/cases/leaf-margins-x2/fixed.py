import copy

import torch
import torch.nn as nn


def leaves(n, gen):
    """outline of a leaf: radius at 40 angles; target: lobes, elongation, roughness"""
    angle = torch.linspace(0, 2 * torch.pi, 41)[:-1]
    lobes = torch.rand(n, 1, generator=gen)
    stretch = torch.rand(n, 1, generator=gen)
    rough = torch.rand(n, 1, generator=gen)
    turn = 2 * torch.pi * torch.rand(n, 1, generator=gen)
    r = 1 + 0.5 * stretch * torch.cos(2 * (angle + turn)) + 0.4 * lobes * torch.cos(5 * (angle + turn))
    r = r + 0.15 * rough * torch.randn(n, 40, generator=gen)
    x = (r - 1) / 0.3
    y = torch.cat([lobes, stretch, rough], 1) * 3.46 - 1.73
    return x, y


class EarlyStopping:
    def __init__(self, patience=3, min_delta=5e-4):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited, self.state = float("inf"), 0, None

    def __call__(self, value, model):
        if value < self.best - self.min_delta:
            self.best, self.waited = value, 0
            self.state = copy.deepcopy(model.state_dict())
        else:
            self.waited += 1
        return self.waited >= self.patience


gen = torch.Generator().manual_seed(6)
torch.manual_seed(6)
x, y = leaves(3000, gen)
vx, vy = leaves(800, gen)

model = nn.Sequential(
    nn.Unflatten(1, (1, 40)),
    nn.Conv1d(1, 16, 5, padding=2, padding_mode="circular"), nn.ReLU(),
    nn.Conv1d(16, 24, 5, padding=2, padding_mode="circular"), nn.ReLU(),
    nn.Flatten(), nn.Linear(24 * 40, 32), nn.ReLU(), nn.Linear(32, 3),
)
optimizer = torch.optim.SGD(model.parameters(), lr=0.004, momentum=0.9)
mse = nn.MSELoss()
stopper = EarlyStopping()

for epoch in range(40):
    model.train()
    for b in torch.randperm(len(x)).split(100):
        optimizer.zero_grad()
        loss = mse(model(x[b]), y[b])
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        val = mse(model(vx), vy).item()
    print(f"epoch {epoch + 1} val mse {val:.4f}")
    if stopper(val, model):
        break

model.load_state_dict(stopper.state)
with torch.no_grad():
    print(f"kept model: val mse {mse(model(vx), vy).item():.4f}")
