import math

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


def cloth(kind, rng, size=20):
    y, x = np.mgrid[:size, :size] + rng.uniform(0, 6, 2)[:, None, None]
    f = rng.uniform(1.1, 1.5)
    if kind == 0:    # plain
        s = np.sin(f * x) * np.sin(f * y)
    elif kind == 1:  # twill
        s = np.sin(f * (x + y))
    elif kind == 2:  # rib
        s = np.sin(f * x)
    else:            # herringbone
        s = np.sin(f * (x + np.abs(y % 10 - 5)))
    return s + rng.normal(0, 0.6, (size, size))


def patches(n, seed):
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, 4, n)
    images = np.stack([cloth(k, rng) for k in kinds])
    return TensorDataset(torch.tensor(images, dtype=torch.float32).unsqueeze(1), torch.tensor(kinds))


class WeaveNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 12, 5)
        self.conv2 = nn.Conv2d(12, 24, 5)
        self.fc1 = nn.Linear(24 * 2 * 2, 32)
        self.fc2 = nn.Linear(32, 4)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


def he_normal(module):
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        fan_in = module.weight[0].numel()
        module.weight = nn.Parameter(torch.randn_like(module.weight) * math.sqrt(2.0 / fan_in))


torch.manual_seed(26)
train_loader = DataLoader(patches(1200, 0), batch_size=32, shuffle=True)
val_loader = DataLoader(patches(400, 1), batch_size=200)

model = WeaveNet()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
model.apply(he_normal)

for epoch in range(12):
    model.train()
    losses = []
    for images, kinds in train_loader:
        model.zero_grad()
        loss = F.cross_entropy(model(images), kinds)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        hits = sum((model(images).argmax(1) == kinds).sum().item() for images, kinds in val_loader)
    print(f"epoch {epoch + 1:2d}: loss {np.mean(losses):.4f}, val accuracy {hits / len(val_loader.dataset):.3f}")
