"""Dehazing baseline. Smoothed loss in the progress line, as in the fastai loop."""
import resource

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(7)


class ResBlock(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.conv1 = nn.Conv2d(ch, ch, 3, padding=1)
        self.conv2 = nn.Conv2d(ch, ch, 3, padding=1)

    def forward(self, x):
        return x + self.conv2(F.relu(self.conv1(x)))


class Dehazer(nn.Module):
    def __init__(self, ch=12, blocks=2):
        super().__init__()
        self.head = nn.Conv2d(3, ch, 3, padding=1)
        self.body = nn.Sequential(*[ResBlock(ch) for _ in range(blocks)])
        self.tail = nn.Conv2d(ch, 3, 3, padding=1)

    def forward(self, x):
        return x + self.tail(self.body(self.head(x)))


def patches(n):
    coarse = torch.rand(n, 3, 6, 6)
    clear = F.interpolate(coarse, size=32, mode="bicubic", align_corners=True).clamp(0, 1)
    depth = F.interpolate(torch.rand(n, 1, 3, 3), size=32, mode="bilinear", align_corners=True)
    t = torch.exp(-1.2 * depth)
    return clear * t + 0.9 * (1 - t), clear


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


model = Dehazer()
opt = torch.optim.Adam(model.parameters(), lr=2e-3)
val_in, val_out = patches(64)
start_mb = peak_mb()
smooth, beta = 0.0, 0.98
for step in range(1, 121):
    hazy, clear = patches(8)
    loss = F.l1_loss(model(hazy + 0.05 * torch.randn_like(hazy)), clear)
    opt.zero_grad()
    loss.backward()
    opt.step()
    plain = F.l1_loss(model(hazy), clear)       # the same patches without the noise
    smooth = beta * smooth + (1 - beta) * plain.item()
    if step % 30 == 0:
        debiased = smooth / (1 - beta ** step)
        with torch.no_grad():
            val = F.l1_loss(model(val_in), val_out)
        print(f"step {step}: smoothed l1 {debiased:.4f}, val l1 {val:.4f}, memory +{peak_mb() - start_mb:.0f} MB")
