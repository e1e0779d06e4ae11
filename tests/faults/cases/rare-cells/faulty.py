import math

import torch
from torch import nn
import torch.nn.functional as F

PRIOR = 0.05


def scene(n, generator, size=24):
    """A few blobs, narrow ones to be found (1) and broad ones to be left alone (0)."""
    grid = torch.arange(size, dtype=torch.float32)
    image = 0.25 * torch.randn(n, size, size, generator=generator)
    mask = torch.zeros(n, size, size)
    for kind, sigma in ((1, 1.2), (1, 1.2), (0, 3.0), (0, 3.0)):
        center = 3 + (size - 6) * torch.rand(n, 2, generator=generator)
        d2 = (grid[None, :, None] - center[:, 0, None, None]) ** 2 + (grid[None, None, :] - center[:, 1, None, None]) ** 2
        image += 2.0 * torch.exp(-d2 / (2 * sigma ** 2))
        if kind:
            mask = torch.maximum(mask, (d2 < 4).float())
    return (image - 0.3).unsqueeze(1), mask.unsqueeze(1)


class CellFinder(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.trunk = nn.ModuleList([
            nn.Conv2d(1, width, 5, padding=2),
            nn.Conv2d(width, width, 5, padding=2),
            nn.Conv2d(width, width, 3, padding=1),
        ])
        self.head = nn.Conv2d(width, 1, 1)
        self.reset_parameters()

    def reset_parameters(self):
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, nonlinearity="relu")
                nn.init.constant_(m.bias, -math.log((1 - PRIOR) / PRIOR))

    def forward(self, x):
        for conv in self.trunk:
            x = F.relu(conv(x))
        return self.head(x)


def dice(logits, mask):
    found = (logits > 0).float()
    return (2 * (found * mask).sum() / (found.sum() + mask.sum()).clamp(min=1)).item()


def main():
    torch.manual_seed(11)
    gen = torch.Generator().manual_seed(11)
    images, masks = scene(600, gen)
    val_images, val_masks = scene(150, gen)
    net = CellFinder()
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
    for epoch in range(8):
        net.train()
        total = 0.0
        for idx in torch.randperm(len(images)).split(20):
            optimizer.zero_grad()
            loss = F.binary_cross_entropy_with_logits(net(images[idx]), masks[idx])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(idx)
        net.eval()
        with torch.no_grad():
            out = net(val_images)
            val = F.binary_cross_entropy_with_logits(out, val_masks).item()
        print(f"epoch {epoch + 1}: train {total / len(images):.4f}  val {val:.4f}  dice {dice(out, val_masks):.3f}")


if __name__ == "__main__":
    main()
