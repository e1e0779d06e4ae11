import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(9)


def cells(n, size=24):
    grid = torch.arange(size).float()
    image = torch.zeros(n, size, size)
    mask = torch.zeros(n, size, size)
    for _ in range(3):
        cy, cx = torch.rand(2, n, 1, 1) * size
        r = 2 + 2 * torch.rand(n, 1, 1)
        d = ((grid[None, :, None] - cy) ** 2 + (grid[None, None, :] - cx) ** 2).sqrt()
        image = torch.maximum(image, torch.exp(-(d / r) ** 2))
        mask = torch.maximum(mask, (d < r).float())
    tilt = (grid[None, :, None] / size - 0.5) * torch.randn(n, 1, 1)
    return (image + tilt + 0.25 * torch.randn(n, size, size)).unsqueeze(1), mask.unsqueeze(1)


class TinyUNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1 = nn.Conv2d(1, 12, 3, padding=1)
        self.down2 = nn.Conv2d(12, 24, 3, padding=1)
        self.up = nn.ConvTranspose2d(24, 12, 2, stride=2)
        self.merge = nn.Conv2d(24, 12, 3, padding=1)
        self.last = nn.Conv2d(12, 1, 1)

    def forward(self, x):
        a = F.relu(self.down1(x))
        b = F.relu(self.down2(F.max_pool2d(a, 2)))
        c = torch.cat([a, F.relu(self.up(b))], dim=1)
        return torch.sigmoid(self.last(F.relu(self.merge(c))))


def iou(out, mask):
    found = torch.sigmoid(out) > 0.5
    both = (found & (mask > 0.5)).sum(dim=(1, 2, 3)).float()
    either = (found | (mask > 0.5)).sum(dim=(1, 2, 3)).float()
    return (both / either).mean().item()


images, masks = cells(600)
val_images, val_masks = cells(150)
net = TinyUNet()
opt = torch.optim.Adam(net.parameters(), lr=4e-3)
for epoch in range(8):
    net.train()
    losses = []
    for idx in torch.randperm(len(images)).split(20):
        loss = F.binary_cross_entropy_with_logits(net(images[idx]), masks[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
        losses.append(loss.item())
    net.eval()
    with torch.no_grad():
        print(f"epoch {epoch + 1}: loss {sum(losses) / len(losses):.3f}, validation IoU {iou(net(val_images), val_masks):.3f}")
