import math

import torch
import torch.nn.functional as F
from torch import nn

SIZE = 24


class HeatmapNet(nn.Module):
    def __init__(self, width=16, prior=0.01):
        super().__init__()
        self.conv1 = nn.Conv2d(1, width, 5, padding=2)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        self.conv3 = nn.Conv2d(width, width, 3, padding=1)
        self.head = nn.Conv2d(width, 1, 1)
        # start from "no buoy anywhere", as in the focal loss paper
        log_odds = -math.log((1 - prior) / prior)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, nonlinearity="relu")
                nn.init.zeros_(m.bias)
        nn.init.constant_(self.head.bias, log_odds)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x))
        x = F.relu(self.conv3(x))
        return self.head(x).squeeze(1)


def sea(n, generator):
    """Images of waves with one small round buoy, and the buoy's heat map."""
    grid = torch.arange(SIZE).float()
    rows, cols = grid[None, :, None], grid[None, None, :]
    centre = torch.rand(n, 2, generator=generator) * (SIZE - 6) + 3
    d2 = (rows - centre[:, 0, None, None]) ** 2 + (cols - centre[:, 1, None, None]) ** 2
    phase = torch.rand(n, 1, 1, generator=generator) * 2 * math.pi
    waves = torch.sin(0.9 * rows + 0.3 * cols + phase)
    image = waves + 2.5 * torch.exp(-d2 / 4) + 0.5 * torch.randn(n, SIZE, SIZE, generator=generator)
    return (image / 0.9).unsqueeze(1), torch.exp(-d2 / 3), centre


def share_found(net, images, centre):
    net.eval()
    with torch.no_grad():
        peak = net(images).flatten(1).argmax(1)
    where = torch.stack([peak // SIZE, peak % SIZE], dim=1).float()
    return ((where - centre).norm(dim=1) < 1.5).float().mean().item()


torch.manual_seed(8)
gen = torch.Generator().manual_seed(8)
x_train, heat_train, _ = sea(800, gen)
x_val, _, centre_val = sea(200, gen)

net = HeatmapNet()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(1, 9):
    net.train()
    total = 0.0
    for idx in torch.randperm(len(x_train)).split(20):
        loss = F.binary_cross_entropy_with_logits(net(x_train[idx]), heat_train[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx)
    print(f"epoch {epoch}: loss {total / len(x_train):.4f}, buoys found {share_found(net, x_val, centre_val):.3f}")
