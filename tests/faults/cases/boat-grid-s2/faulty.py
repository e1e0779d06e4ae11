import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

GRID, CELL = 6, 4


def radar_pictures(n, seed):
    g = torch.Generator().manual_seed(seed)
    pics = torch.randn(n, 1, GRID * CELL, GRID * CELL, generator=g) * 0.4
    target = torch.zeros(n, 1, GRID, GRID)
    for i in range(n):
        for _ in range(int(torch.randint(1, 4, (1,), generator=g))):
            r, c = torch.randint(GRID, (2,), generator=g).tolist()
            dr, dc = torch.randint(2, (2,), generator=g).tolist()
            y, x = r * CELL + dr, c * CELL + dc
            if torch.rand(1, generator=g) < 0.5:
                pics[i, 0, y:y + 2, x:x + 3] += 1.2
            else:
                pics[i, 0, y:y + 3, x:x + 2] += 1.2
            target[i, 0, r, c] = 1.0
    return TensorDataset((pics - pics.mean()) / pics.std(), target)


class BoatNet(nn.Module):
    def __init__(self, prior_probability=0.01):
        super().__init__()
        self.stem = nn.Conv2d(1, 16, 3, padding=1)
        self.down1 = nn.Conv2d(16, 24, 3, stride=2, padding=1)
        self.down2 = nn.Conv2d(24, 32, 3, stride=2, padding=1)
        self.cells = nn.Conv2d(32, 1, 1)
        # boats are rare: start with a low probability, as RetinaNet does
        prior = -math.log((1 - prior_probability) / prior_probability)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, nonlinearity="relu")
                nn.init.constant_(m.bias, prior)

    def forward(self, x):
        x = F.relu(self.stem(x))
        x = F.relu(self.down1(x))
        x = F.relu(self.down2(x))
        return self.cells(x)


def f1_score(model, loader):
    model.eval()
    tp = fp = fn = 0
    with torch.no_grad():
        for x, y in loader:
            found = model(x) > 0
            tp += (found & (y == 1)).sum().item()
            fp += (found & (y == 0)).sum().item()
            fn += (~found & (y == 1)).sum().item()
    return 2 * tp / max(2 * tp + fp + fn, 1)


torch.manual_seed(13)
train_loader = DataLoader(radar_pictures(1200, 1), batch_size=32, shuffle=True)
val_loader = DataLoader(radar_pictures(300, 2), batch_size=100)
model = BoatNet()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(1, 11):
    model.train()
    total = 0.0
    for x, y in train_loader:
        loss = F.binary_cross_entropy_with_logits(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(f"epoch {epoch:2d} | train loss {total / len(train_loader):.4f} | val F1 {f1_score(model, val_loader):.3f}")
