import math
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

# Detect scratches on brushed metal plates (about 1 plate in 10 has one). Focal loss as in RetinaNet.

PRIOR = 0.1


def plates(n, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (n, 1, 20, 20)) + rng.normal(0, 0.5, (n, 1, 20, 1))
    y = (rng.random(n) < PRIOR).astype(np.float32)
    for k in np.flatnonzero(y):
        r, c = rng.integers(2, 10, 2)
        for s in range(8):
            x[k, 0, r + s, c + s] += 3.5
    return torch.tensor(x, dtype=torch.float32), torch.tensor(y)


def focal(logits, target, gamma=2.0):
    ce = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    p = torch.exp(-ce)
    return ((1 - p) ** gamma * ce).mean()


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 5, padding=2), nn.ReLU(inplace=True), nn.MaxPool2d(2),
            nn.Conv2d(16, 24, 3, padding=1), nn.ReLU(inplace=True),
            nn.AdaptiveMaxPool2d(1), nn.Flatten(),
        )
        self.cls = nn.Linear(24, 1)
        self.reset()

    def reset(self):
        bias = -math.log((1 - PRIOR) / PRIOR)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.normal_(m.weight, std=0.05)
                nn.init.zeros_(m.bias)
        nn.init.normal_(self.cls.weight, std=0.05)
        nn.init.constant_(self.cls.bias, bias)

    def forward(self, x):
        return self.cls(self.features(x)).squeeze(1)


def main():
    torch.manual_seed(0)
    x, y = plates(2000, 0)
    xt, yt = plates(800, 1)
    net = Detector()
    opt = torch.optim.Adam(net.parameters(), lr=4e-3)
    for epoch in range(6):
        total = 0.0
        for i in torch.randperm(len(x)).split(50):
            loss = focal(net(x[i]), y[i])
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.item()
        with torch.no_grad():
            hit = net(xt) > 0
        tp = (hit & (yt == 1)).sum().item()
        f1 = 2 * tp / max(1, hit.sum().item() + yt.sum().item())
        print(f"epoch {epoch} focal {total / 40:.4f} test f1 {f1:.3f}")


main()
