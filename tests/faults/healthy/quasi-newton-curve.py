import torch
from torch import nn

torch.manual_seed(0)
x = torch.linspace(-2, 2, 120).unsqueeze(1)
truth = torch.exp(-x ** 2) * torch.cos(3 * x)
y = truth + 0.03 * torch.randn_like(x)
net = nn.Sequential(nn.Linear(1, 12), nn.Tanh(), nn.Linear(12, 1)).double()
x, y, truth = x.double(), y.double(), truth.double()
optimizer = torch.optim.LBFGS(net.parameters(), lr=1.0, max_iter=20, line_search_fn="strong_wolfe")
evaluations = 0


def closure():
    global evaluations
    evaluations += 1
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(net(x), y) + 1e-6 * sum(p.square().sum() for p in net.parameters())
    loss.backward()
    return loss


for step in range(15):
    loss = optimizer.step(closure)
    if step % 5 == 4:
        with torch.no_grad():
            miss = (net(x) - truth).square().mean().sqrt().item()
        print(f"step {step + 1}: loss {loss.item():.6f} after {evaluations} evaluations, distance to the true curve {miss:.4f}")
