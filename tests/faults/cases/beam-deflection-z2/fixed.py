# Solve  u'' = -f(x) on (0, 1), u(0) = u(1) = 0, with a small network as the ansatz.
import math
import torch

torch.set_default_dtype(torch.float64)
torch.manual_seed(1)


def load(x):
    return math.pi ** 2 * torch.sin(math.pi * x) + 2.0 * math.pi ** 2 * torch.sin(2 * math.pi * x)


def exact(x):
    return torch.sin(math.pi * x) + 0.5 * torch.sin(2 * math.pi * x)


net = torch.nn.Sequential(
    torch.nn.Linear(1, 24), torch.nn.Tanh(),
    torch.nn.Linear(24, 24), torch.nn.Tanh(),
    torch.nn.Linear(24, 1),
)


def ansatz(x):
    return x * (1 - x) * net(x)


grid = torch.linspace(0, 1, 80)
rhs = load(grid).reshape(-1, 1)
points = grid.reshape(-1, 1).requires_grad_()
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)

step = 0
while step < 1200:
    u = ansatz(points)
    du, = torch.autograd.grad(u.sum(), points, create_graph=True)
    d2u, = torch.autograd.grad(du.sum(), points, create_graph=True)
    residual = d2u + rhs
    loss = residual.square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    step += 1
    if step % 200 == 0:
        probe = torch.linspace(0, 1, 201).unsqueeze(1)
        with torch.no_grad():
            error = (ansatz(probe) - exact(probe)).abs().max()
        print(f"step {step:5d}   residual {loss.item():.3e}   largest error {error.item():.4f}")
