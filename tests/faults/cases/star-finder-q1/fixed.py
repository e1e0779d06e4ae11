import math

import torch
import torch.nn as nn
import torch.nn.functional as F

SIDE = 16
PRIOR = 0.01


class StarFinder(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(1, width, 3, padding=1), nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1), nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1), nn.ReLU(),
        )
        self.head = nn.Conv2d(width, 1, 1)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                # start from the share of cells that hold a star
                nn.init.constant_(module.bias, -math.log((1 - PRIOR) / PRIOR) if module is self.head else 0.0)

    def forward(self, sky):
        return self.head(self.stem(sky)).squeeze(1)


def skies(n, seed):
    gen = torch.Generator().manual_seed(seed)
    row = torch.randint(1, SIDE - 1, (n,), generator=gen)
    col = torch.randint(1, SIDE - 1, (n,), generator=gen)
    yy, xx = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    distance = (yy - row.view(-1, 1, 1)) ** 2 + (xx - col.view(-1, 1, 1)) ** 2
    light = 3.5 * torch.exp(-distance / 1.5) + 0.6 * torch.randn(n, SIDE, SIDE, generator=gen)
    target = (distance == 0).float()
    return ((light - 0.06) / 0.7).unsqueeze(1), target


def hit_rate(heat, target):
    return (heat.flatten(1).argmax(1) == target.flatten(1).argmax(1)).float().mean().item()


torch.manual_seed(40)
train_sky, train_target = skies(1000, 41)
val_sky, val_target = skies(300, 42)
model = StarFinder()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
for epoch in range(1, 6):
    model.train()
    total = 0.0
    for idx in torch.randperm(len(train_sky)).split(25):
        loss = F.binary_cross_entropy_with_logits(model(train_sky[idx]), train_target[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx)
    model.eval()
    with torch.no_grad():
        heat = model(val_sky)
        val_loss = F.binary_cross_entropy_with_logits(heat, val_target).item()
    print(f"epoch {epoch}: train {total / len(train_sky):.5f}, val {val_loss:.5f}, star found in {hit_rate(heat, val_target):.3f}")
