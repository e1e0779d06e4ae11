import math

import torch
from torch import nn

torch.manual_seed(29)
hour, weekday = torch.randint(0, 24, (6000,)), torch.randint(0, 7, (6000,))
rain = torch.rand(6000)
rate = torch.exp(1.2 + torch.sin(2 * math.pi * (hour - 9) / 24) + 0.4 * (weekday >= 5) - 0.8 * rain)
visits = torch.poisson(rate)
angle = 2 * math.pi * hour / 24
x = torch.stack([angle.sin(), angle.cos(), (weekday >= 5).float(), (rain - 0.5) / 0.29], 1)

model = nn.Sequential(nn.Linear(4, 32), nn.SiLU(), nn.Linear(32, 1), nn.Flatten(0))
criterion = nn.PoissonNLLLoss(log_input=True)
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
for epoch in range(1, 13):
    model.train()
    total = 0.0
    batches = torch.randperm(5000).split(100)
    for idx in batches:
        optimizer.zero_grad()
        loss = criterion(model(x[idx]), visits[idx])
        loss.backward()
        optimizer.step()
        total += loss.item()
    if epoch % 3 == 0:
        model.eval()
        with torch.no_grad():
            log_rate = model(x[5000:])
        off = (log_rate.exp() / rate[5000:] - 1).abs().mean().item()
        print(f"epoch {epoch}: train {total / len(batches):.4f} val {criterion(log_rate, visits[5000:]).item():.4f}, estimated rate off by {100 * off:.1f} %")
