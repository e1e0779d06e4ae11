import resource

import torch
from torch import nn

torch.manual_seed(61)
DT, HORIZON = 0.08, 40


def springs(n):
    state = torch.randn(n, 2)
    path = [state]
    for _ in range(HORIZON):
        x, v = state.unbind(1)
        v = v - DT * (3.0 * x + 0.4 * x ** 3 + 0.2 * v)
        state = torch.stack([x + DT * v, v], dim=1)
        path.append(state)
    return torch.stack(path, dim=1)


class Dynamics(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.force = nn.Sequential(nn.Linear(2, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1))

    def forward(self, state, steps):
        path = [state]
        for _ in range(steps):
            v = state[:, 1:] + DT * self.force(state)
            state = torch.cat([state[:, :1] + DT * v, v], dim=1)
            path.append(state)
        return torch.stack(path, dim=1)


class Average:
    """Exponential average, for a calm progress line."""

    def __init__(self, momentum=0.95):
        self.momentum, self.value = momentum, None

    def update(self, x):
        self.value = x if self.value is None else self.momentum * self.value + (1 - self.momentum) * x


def memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


model = Dynamics()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
shown, held_out = Average(), springs(200)
early = 0
for step in range(1, 501):
    path = springs(32)
    loss = (model(path[:, 0], HORIZON) - path).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    shown.update(loss.item())
    if step % 100 == 0:
        early = early or memory()
        with torch.no_grad():
            miss = (model(held_out[:, 0], HORIZON) - held_out).abs().mean().item()
        print(f"step {step} loss {float(shown.value):.4f} held out {miss:.4f} memory {early} MB, now {memory()} MB")
