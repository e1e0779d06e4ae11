"""u'' = -load(x) on [0, 1], u(0) = u(1) = 0; the exact shape is known, so we can see how far off the network is."""
import math

import torch

torch.manual_seed(0)
torch.set_default_dtype(torch.float32)


def load(x):
    return (2 * math.pi) ** 2 * torch.sin(2 * math.pi * x) + 2.0


def exact(x):
    return torch.sin(2 * math.pi * x) + x * (1 - x)


class String(torch.nn.Module):
    def __init__(self, width=24):
        super().__init__()
        self.a = torch.nn.Linear(1, width)
        self.b = torch.nn.Linear(width, width)
        self.c = torch.nn.Linear(width, 1)

    def forward(self, x):
        bend = self.c(torch.tanh(self.b(torch.tanh(self.a(2 * x - 1)))))
        return x * (1 - x) * bend      # both ends are fixed


def physics(u, x):
    x = x.requires_grad_(True)
    y = u(x)
    dy = torch.autograd.grad(y.sum(), x, create_graph=True)[0]
    ddy = torch.autograd.grad(dy.sum(), x, create_graph=True)[0]
    residual = ddy + load(x)
    return (residual ** 2).mean()


string = String()
optimizer = torch.optim.Adam(string.parameters(), lr=5e-3)
decay = torch.optim.lr_scheduler.StepLR(optimizer, 400, gamma=0.5)
grid = torch.linspace(0, 1, 201)[:, None]
for step in range(1200):
    points = torch.rand(64, 1)
    value = physics(string, points)
    optimizer.zero_grad()
    value.backward()
    optimizer.step()
    decay.step()
    if (step + 1) % 200 == 0:
        with torch.no_grad():
            off = (string(grid) - exact(grid)).norm() / exact(grid).norm()
        print(f"{step + 1:5d} residual {value.item():10.4f} relative error {off.item():.4f}")
