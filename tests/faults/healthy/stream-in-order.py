import math

import torch
from torch import nn

torch.manual_seed(23)


def sensor():
    """An endless stream; what drives it turns slowly, so the model has to keep following."""
    t = 0
    while True:
        x = torch.randn(5)
        turn = 2 * math.pi * t / 6000
        y = math.cos(turn) * x[0] + math.sin(turn) * x[1] + 0.5 * torch.tanh(2 * x[2]) + 0.05 * torch.randn(())
        yield x, y
        t += 1


model = nn.Sequential(nn.Linear(5, 24), nn.Tanh(), nn.Linear(24, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.03)
errors, variance = [], []
for t, (x, y) in enumerate(sensor(), start=1):
    prediction = model(x)[0]
    loss = (prediction - y) ** 2           # first predict, then learn: an honest error without a validation set
    errors.append(loss.item())
    variance.append(y.item() ** 2)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if t % 1000 == 0:
        print(f"{t} seen: error of the last thousand {sum(errors[-1000:]) / 1000:.4f} (always zero: {sum(variance[-1000:]) / 1000:.4f})")
    if t == 5000:
        break
