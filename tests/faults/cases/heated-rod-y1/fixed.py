import math

import torch
import torch.nn as nn


def source(x):
    return (math.pi ** 2) * torch.sin(math.pi * x) + 4 * math.pi ** 2 * 0.5 * torch.sin(2 * math.pi * x)


def exact(x):
    return torch.sin(math.pi * x) + 0.5 * torch.sin(2 * math.pi * x)


class Rod(nn.Module):
    def __init__(self, width: int = 32):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(1, width), nn.Tanh(),
            nn.Linear(width, width), nn.Tanh(),
            nn.Linear(width, 1),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.net(2 * x - 1)


def second_derivative(u, x):
    du = torch.autograd.grad(u.sum(), x, create_graph=True)[0]
    return torch.autograd.grad(du.sum(), x, create_graph=True)[0]


torch.manual_seed(0)
rod = Rod()
optimizer = torch.optim.Adam(rod.parameters(), lr=3e-3)
ends = torch.tensor([[0.0], [1.0]])
grid = torch.linspace(0, 1, 201).unsqueeze(1)

for it in range(1, 1501):
    x = torch.rand(64, 1, requires_grad=True)
    curvature = second_derivative(rod(x), x)
    residual = curvature + source(x.detach())
    physics = (residual ** 2).mean() / 100
    boundary = (rod(ends) ** 2).mean()
    loss = physics + 10 * boundary
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if it % 250 == 0:
        with torch.no_grad():
            error = (rod(grid) - exact(grid)).norm() / exact(grid).norm()
        print(f"it {it:5d}  physics {physics.item():.4f}  boundary {boundary.item():.5f}  relative error {error.item():.4f}")
