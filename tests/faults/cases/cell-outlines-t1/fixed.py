import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.optim.lr_scheduler import ReduceLROnPlateau

SIZE = 24


def micrographs(n, gen):
    axis = torch.arange(SIZE).float()
    mask = torch.zeros(n, SIZE, SIZE)
    for _ in range(3):
        row, col = (3 + (SIZE - 6) * torch.rand(n, 1, 1, generator=gen) for _ in range(2))
        radius = 2 + 2.5 * torch.rand(n, 1, 1, generator=gen)
        mask = torch.maximum(mask, (((axis[:, None] - row) ** 2 + (axis - col) ** 2) < radius ** 2).float())
    shade = torch.randn(n, 1, 1, generator=gen) * axis[:, None] / SIZE * 0.5
    image = 1.2 * (mask - 0.25) + shade + 0.7 * torch.randn(n, SIZE, SIZE, generator=gen)
    return image.unsqueeze(1), mask.unsqueeze(1)


def block(c_in, c_out):
    return nn.Sequential(nn.Conv2d(c_in, c_out, 3, padding=1), nn.ReLU(), nn.Conv2d(c_out, c_out, 3, padding=1), nn.ReLU())


class MiniUNet(nn.Module):
    def __init__(self, c=8):
        super().__init__()
        self.down = block(1, c)
        self.bottom = block(c, 2 * c)
        self.up = nn.ConvTranspose2d(2 * c, c, 2, stride=2)
        self.fuse = block(2 * c, c)
        self.out = nn.Conv2d(c, 1, 1)

    def forward(self, x):
        skip = self.down(x)
        x = self.up(self.bottom(F.max_pool2d(skip, 2)))
        return self.out(self.fuse(torch.cat([skip, x], dim=1)))


def mean_iou(logits, mask):
    guess = logits > 0
    both = (guess & (mask == 1)).sum(dim=(1, 2, 3)).float()
    either = (guess | (mask == 1)).sum(dim=(1, 2, 3)).float()
    return (both / either).mean().item()


torch.manual_seed(31)
gen = torch.Generator().manual_seed(31)
train_images, train_masks = micrographs(480, gen)
val_images, val_masks = micrographs(150, gen)

net = MiniUNet()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
scheduler = ReduceLROnPlateau(optimizer, mode="max", factor=0.2, patience=1)

for epoch in range(1, 21):
    net.train()
    epoch_loss = 0.0
    for idx in torch.randperm(len(train_images)).split(16):
        optimizer.zero_grad()
        loss = F.binary_cross_entropy_with_logits(net(train_images[idx]), train_masks[idx])
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item() * len(idx) / len(train_images)

    net.eval()
    with torch.no_grad():
        iou = mean_iou(net(val_images), val_masks)
    scheduler.step(iou)
    print(f"epoch {epoch:2d}  lr {optimizer.param_groups[0]['lr']:.1e}  loss {epoch_loss:.4f}  val IoU {iou:.3f}")
