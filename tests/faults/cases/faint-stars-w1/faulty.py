import math

import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

PRIOR = 0.01          # share of pixels that belong to a star


def sky(n, side=24):
    image = 0.25 + 0.08 * torch.randn(n, 1, side, side)
    mask = torch.zeros(n, 1, side, side)
    for i in range(n):
        for _ in range(int(torch.randint(1, 4, ()))):
            r, c = torch.randint(2, side - 2, (2,)).tolist()
            mask[i, 0, r:r + 2, c:c + 2] = 1
    glow = F.avg_pool2d(mask, 3, stride=1, padding=1)
    return (image + 0.6 * glow).clamp(0, 1), mask


class StarNet(nn.Module):
    def __init__(self, width=12, depth=3):
        super().__init__()
        layers, channels = [], 1
        for _ in range(depth):
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(inplace=True)]
            channels = width
        self.trunk = nn.Sequential(*layers)
        self.head = nn.Conv2d(width, 1, 1)
        self.reset()

    def reset(self):
        start = -math.log((1 - PRIOR) / PRIOR)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, nonlinearity="relu")
                nn.init.constant_(m.bias, start)

    def forward(self, image):
        return self.head(self.trunk(image))


def overlap(model, loader):
    both = either = 0.0
    model.eval()
    with torch.no_grad():
        for image, mask in loader:
            found = model(image) > 0
            both += (found & (mask > 0)).sum().item()
            either += (found | (mask > 0)).sum().item()
    return both / either


torch.manual_seed(33)
train = DataLoader(TensorDataset(*sky(600)), batch_size=20, shuffle=True)
test = DataLoader(TensorDataset(*sky(150)), batch_size=50)
model = StarNet()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(8):
    model.train()
    mean = 0.0
    for image, mask in train:
        loss = F.binary_cross_entropy_with_logits(model(image), mask)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        mean += loss.item() / len(train)
    print(f"epoch {epoch + 1}: loss {mean:.4f}, overlap with the true stars {overlap(model, test):.3f}")
