import math

import torch
from torch import nn


def engine_clip(kind, n, g, length=256):
    """kind 0 idle, 1 accelerating, 2 slowing down, 3 misfiring"""
    t = torch.linspace(0, 1, length).repeat(n, 1)
    f0 = 14 + 10 * torch.rand(n, 1, generator=g)
    phase = 2 * math.pi * torch.rand(n, 1, generator=g)
    slope = {0: 0.0, 1: 14.0, 2: -7.0, 3: 0.0}[kind]
    wave = torch.sin(2 * math.pi * (f0 * t + slope * t**2 / 2) + phase)
    wave = wave + 0.4 * torch.sin(4 * math.pi * (f0 * t + slope * t**2 / 2))
    if kind == 3:
        wave = wave * (torch.sin(2 * math.pi * 5 * t + phase) > -0.3)
    return wave + 0.25 * torch.randn(n, length, generator=g)


def engine_data(per_kind, seed):
    g = torch.Generator().manual_seed(seed)
    clips = torch.cat([engine_clip(k, per_kind, g) for k in range(4)])
    kinds = torch.arange(4).repeat_interleave(per_kind)
    return clips[:, None, :], kinds


torch.manual_seed(12)
train_x, train_y = engine_data(200, seed=1)
test_x, test_y = engine_data(100, seed=2)

width = 24
listener = nn.Sequential(
    nn.Conv1d(1, width, 15, stride=4, padding=7),
    nn.GroupNorm(4, width),
    nn.GELU(),
    nn.Conv1d(width, width, 9, stride=2, padding=4),
    nn.GroupNorm(4, width),
    nn.GELU(),
    nn.Conv1d(width, width, 9, stride=2, padding=4),
    nn.GELU(),
    nn.AdaptiveMaxPool1d(1),
    nn.GroupNorm(width, width),
    nn.Flatten(),
    nn.Linear(width, 4),
)
opt = torch.optim.AdamW(listener.parameters(), lr=4e-3)
step = 0
while step < 150:
    for idx in torch.randperm(len(train_x)).split(48):
        logits = listener(train_x[idx])
        # cross entropy by hand
        loss = (torch.logsumexp(logits, 1) - logits.gather(1, train_y[idx, None])[:, 0]).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        step += 1
        if step % 50 == 0:
            print("step", step, "loss", round(loss.item(), 4))

with torch.no_grad():
    guess = listener(test_x).argmax(1)
right = (guess == test_y).float().mean().item()
print(f"test accuracy {right:.3f}")
