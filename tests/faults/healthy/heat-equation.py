import math

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
ALPHA = 0.1


def exact(x, t):
    return torch.sin(math.pi * x) * torch.exp(-ALPHA * math.pi ** 2 * t)


def u(x, t):
    return net(torch.cat([2 * x - 1, 2 * t - 1], dim=1))


def residual(n):
    x = torch.rand(n, 1, requires_grad=True)
    t = torch.rand(n, 1, requires_grad=True)
    out = u(x, t)
    u_x, u_t = torch.autograd.grad(out.sum(), (x, t), create_graph=True)
    u_xx, = torch.autograd.grad(u_x.sum(), x, create_graph=True)
    return u_t - ALPHA * u_xx


x_grid, t_grid = (g.reshape(-1, 1) for g in torch.meshgrid(torch.linspace(0, 1, 30), torch.linspace(0, 1, 30), indexing="ij"))
for step in range(1, 1501):
    x0 = torch.rand(64, 1)
    edge = torch.randint(0, 2, (64, 1)).float()
    t_edge = torch.rand(64, 1)
    loss = (residual(128).square().mean()
            + 5 * (u(x0, torch.zeros_like(x0)) - torch.sin(math.pi * x0)).square().mean()
            + 5 * u(edge, t_edge).square().mean())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 300 == 0:
        with torch.no_grad():
            miss = (u(x_grid, t_grid) - exact(x_grid, t_grid)).abs().max().item()
        print(f"step {step}: loss {loss.item():.5f} largest error {miss:.4f}")
