import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(23)
rng = np.random.default_rng(23)

WRITERS, EACH, POINTS = 40, 30, 24
phase = np.linspace(0, 2 * np.pi, POINTS)
shapes = rng.normal(size=(WRITERS, 2, 4))
waves = np.stack([np.sin(phase), np.cos(phase), np.sin(2 * phase), np.cos(2 * phase)])
strokes = (shapes @ waves)[:, None] + 0.45 * rng.normal(size=(WRITERS, EACH, 2, POINTS))
strokes = torch.tensor(strokes, dtype=torch.float32)
known, unknown = strokes[:30], strokes[30:]


def draw_pairs(bank, n):
    """half of the pairs by one writer, half by two"""
    w1 = rng.integers(len(bank), size=n)
    other = (w1 + rng.integers(1, len(bank), size=n)) % len(bank)
    same = rng.random(n) < 0.5
    w2 = np.where(same, w1, other)
    return bank[w1, rng.integers(EACH, size=n)], bank[w2, rng.integers(EACH, size=n)], torch.tensor(same).float()


class Twin(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(2 * POINTS, 64), nn.ReLU(), nn.Linear(64, 16))

    def forward(self, left, right):
        return (self.body(left) - self.body(right)).pow(2).sum(dim=1).sqrt()


def contrastive(d, same, margin=2.0):
    return (same * d.pow(2) + (1 - same) * F.relu(margin - d).pow(2)).mean()


twin = Twin()
opt = torch.optim.Adam(twin.parameters(), lr=1e-3)
for step in range(1, 501):
    left, right, same = draw_pairs(known, 64)
    loss = contrastive(twin(left, right), same)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 100 == 0:
        with torch.no_grad():
            a, b, s = draw_pairs(unknown, 1000)
            verdict = (twin(a, b) < 1.0).float()
        print(f"step {step}: loss {loss.item():.3f}, right about new writers {(verdict == s).float().mean():.3f}")
