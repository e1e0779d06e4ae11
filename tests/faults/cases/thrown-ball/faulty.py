import math

import torch
import torch.nn as nn


def throws(n):
    speed = 5 + 15 * torch.rand(n)
    angle = torch.deg2rad(20 + 60 * torch.rand(n))
    time = 0.1 + 1.2 * torch.rand(n)
    drag = 0.05 + 0.2 * torch.rand(n)
    decay = (1 - torch.exp(-drag * time)) / drag
    height = (speed * angle.sin() + 9.81 / drag) * decay - 9.81 / drag * time
    columns = torch.stack([(speed - 12.5) / 4.3, (angle - math.radians(50)) / 0.3, (time - 0.7) / 0.35, (drag - 0.15) / 0.058], 1)
    return columns, height


torch.manual_seed(55)
x, height = throws(800)
x_test, height_test = throws(400)
centre, spread = height.mean(), height.std()
y = (height - centre) / spread

net = nn.Sequential(nn.Linear(4, 20), nn.Tanh(), nn.Linear(20, 20), nn.Tanh(), nn.Linear(20, 1))
optimizer = torch.optim.LBFGS(net.parameters(), lr=0.5, max_iter=10, history_size=20)


def cost():
    residual = net(x) - y
    return residual.square().mean()


def closure():
    optimizer.zero_grad()
    value = cost()
    value.backward()
    return value


for round_number in range(1, 26):
    value = optimizer.step(closure)
    if round_number % 5 == 0:
        with torch.no_grad():
            guess = net(x_test).squeeze(1) * spread + centre
            off = (guess - height_test).abs().mean().item()
        print(f"round {round_number}: cost {value.item():.5f}, mean error {off:.3f} m of a spread of {spread.item():.2f} m")
