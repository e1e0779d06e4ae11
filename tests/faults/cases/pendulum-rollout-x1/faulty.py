import math

import torch
import torch.nn as nn

torch.manual_seed(4)
DT, STEPS = 0.1, 30


def simulate(n):
    """Damped pendulum started at random, sampled every DT seconds: (n, STEPS + 1, 2) of angle and speed."""
    theta = (torch.rand(n) * 2 - 1) * 2.4
    omega = (torch.rand(n) * 2 - 1) * 1.5
    states = [torch.stack([theta, omega], 1)]
    for _ in range(STEPS):
        for _ in range(20):
            omega = omega + DT / 20 * (-2.0 * torch.sin(theta) - 0.15 * omega)
            theta = theta + DT / 20 * omega
        states.append(torch.stack([theta, omega], 1))
    return torch.stack(states, 1)


class Dynamics(nn.Module):
    def __init__(self):
        super().__init__()
        self.f = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 2))

    def forward(self, state, steps):
        path = []
        for _ in range(steps):
            state = state + self.f(state)
            path.append(state)
        return torch.stack(path, 1)


train, test = simulate(512), simulate(200)
model = Dynamics()
opt = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

for epoch in range(1, 61):
    total = 0.0
    for idx in torch.randperm(len(train)).split(32):
        batch = train[idx]
        predicted = model(batch[:, 0], STEPS)
        loss = (predicted - batch[:, 1:]).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item() * len(idx)
    if epoch % 6 == 0:
        with torch.no_grad():
            rmse = math.sqrt((model(test[:, 0], STEPS) - test[:, 1:]).pow(2).mean().item())
        print(f"epoch {epoch} rollout mse {total / len(train):.4f} test rmse {rmse:.4f}")
