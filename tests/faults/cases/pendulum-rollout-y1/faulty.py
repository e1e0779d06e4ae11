import math

import torch
from torch import nn

DT, STEPS = 0.1, 100


def accel(state):
    return torch.stack([state[..., 1], -4 * torch.sin(state[..., 0]) - 0.1 * state[..., 1]], dim=-1)


def simulate(start):
    states, s = [start], start
    for _ in range(STEPS):
        k1 = accel(s)
        k2 = accel(s + DT / 2 * k1)
        s = s + DT * k2
        states.append(s)
    return torch.stack(states)


class Dynamics(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(3, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 2))

    def forward(self, s):
        inputs = torch.stack([torch.sin(s[..., 0]), torch.cos(s[..., 0]), s[..., 1] / 3], dim=-1)
        return s + DT * 5 * self.net(inputs)


def rollout(model, start):
    states, s = [start], start
    for _ in range(STEPS):
        s = model(s)
        states.append(s)
    return torch.stack(states)


torch.manual_seed(2)
starts = torch.stack([(torch.rand(80) * 2 - 1) * 0.8 * math.pi, torch.randn(80)], dim=1)
truth = simulate(starts)
train, test = truth[:, :64], truth[:, 64:]
model = Dynamics()
optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)

for it in range(1, 121):
    optimizer.zero_grad()
    path = rollout(model, train[0])
    loss = nn.functional.smooth_l1_loss(path, train)
    loss.backward()
    optimizer.step()
    if it % 15 == 0:
        with torch.no_grad():
            err = (rollout(model, test[0]) - test).abs().mean()
        print(f"{it:4d} train loss {loss.item():.4f}  test mean error {err.item():.4f}")
