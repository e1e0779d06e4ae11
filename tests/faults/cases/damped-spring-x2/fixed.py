import torch
from torch import nn

torch.manual_seed(1)
torch.set_default_dtype(torch.float64)

# x'' + 2 g x' + w^2 x = 0,  x(0) = 1, x'(0) = 0
g, w, end = 0.4, 3.0, 4.0


def exact(t):
    v = (w ** 2 - g ** 2) ** 0.5
    return torch.exp(-g * t) * (torch.cos(v * t) + g / v * torch.sin(v * t))


net = nn.Sequential(nn.Linear(1, 24), nn.Tanh(), nn.Linear(24, 24), nn.Tanh(), nn.Linear(24, 1))


def position(t):
    return net(2 * t / end - 1)


def slope(y, t):
    return torch.autograd.grad(y.sum(), t, create_graph=True)[0]


inside = torch.linspace(0, end, 120)[:, None].requires_grad_()
start = torch.zeros(1, 1, requires_grad=True)

lbfgs = torch.optim.LBFGS(net.parameters(), lr=1.0, max_iter=25, history_size=20, line_search_fn="strong_wolfe")


def closure():
    lbfgs.zero_grad()
    x = position(inside)
    dx = slope(x, inside)
    ddx = slope(dx, inside)
    equation = (ddx + 2 * g * dx + w ** 2 * x).pow(2).mean()
    x0 = position(start)
    conditions = (x0 - 1).pow(2).sum() + slope(x0, start).pow(2).sum()
    loss = equation / w ** 2 + 10 * conditions
    loss.backward()
    return loss


grid = torch.linspace(0, end, 300)[:, None]
for outer in range(1, 41):
    loss = lbfgs.step(closure)
    if outer % 8 == 0:
        with torch.no_grad():
            gap = (position(grid) - exact(grid)).abs().max().item()
        print(f"round {outer:3d}: loss {loss.item():.3e}, largest error of the curve {gap:.4f}")
