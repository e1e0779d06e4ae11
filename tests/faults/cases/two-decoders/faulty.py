import math

import torch
import torch.nn as nn
import torch.nn.functional as F

POINTS = 64


def signals(n, gen):
    t = torch.linspace(0, 1, POINTS)
    amplitude = torch.rand(n, 4, 1, generator=gen) + 0.3
    phase = 2 * math.pi * torch.rand(n, 4, 1, generator=gen)
    slow = amplitude[:, 0] * torch.sin(4 * math.pi * t + phase[:, 0]) + amplitude[:, 1] * torch.sin(2 * math.pi * t + phase[:, 1])
    fast = amplitude[:, 2] * torch.sin(16 * math.pi * t + phase[:, 2]) + amplitude[:, 3] * torch.sin(22 * math.pi * t + phase[:, 3])
    return slow, fast


def decoder(code):
    return nn.Sequential(nn.Linear(code, 96), nn.ReLU(), nn.Linear(96, POINTS))


class Separator(nn.Module):
    def __init__(self, code=16):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(POINTS, 96), nn.ReLU(), nn.Linear(96, code))
        self.slow_decoder = decoder(code)
        self.fast_decoder = decoder(code)

    def forward(self, mixed):
        code = self.encoder(mixed)
        slow = self.slow_decoder(code)
        fast = self.slow_decoder(code)
        return slow, fast


torch.manual_seed(27)
gen = torch.Generator().manual_seed(27)
slow, fast = signals(5000, gen)
slow_val, fast_val = signals(500, gen)
noise = 0.05 * torch.randn(slow.shape, generator=gen)
mixed, mixed_val = slow + fast + noise, slow_val + fast_val

model = Separator()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(1, 21):
    model.train()
    total = 0.0
    for idx in torch.randperm(len(mixed)).split(50):
        s, f = model(mixed[idx])
        loss = F.mse_loss(s, slow[idx]) + F.mse_loss(f, fast[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx)
    if epoch % 4 == 0:
        model.eval()
        with torch.no_grad():
            s, f = model(mixed_val)
        print(f"epoch {epoch}: train {total / len(mixed):.4f} val slow {F.mse_loss(s, slow_val).item():.4f} "
              f"fast {F.mse_loss(f, fast_val).item():.4f} (silence: {fast_val.square().mean().item():.4f})")
