import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader

torch.manual_seed(3)
SIZE = 24


def make_leaves(n):
    """Grey leaf photographs and, for each, the mask of its veins."""
    yy, xx = torch.meshgrid(torch.linspace(-1, 1, SIZE), torch.linspace(-1, 1, SIZE), indexing="ij")
    masks = torch.zeros(n, 1, SIZE, SIZE)
    for i in range(n):
        for _ in range(3):
            angle, offset = torch.rand(1) * 3.1416, torch.rand(1) - 0.5
            distance = (xx * torch.cos(angle) + yy * torch.sin(angle) - offset).abs()
            masks[i, 0][distance < 0.08] = 1.0
    shade = F.interpolate(torch.randn(n, 1, 3, 3), size=(SIZE, SIZE), mode="bilinear", align_corners=True)
    images = 0.45 + 0.10 * shade + 0.20 * masks + 0.06 * torch.randn(n, 1, SIZE, SIZE)
    return images, masks


images, masks = make_leaves(1000)
mean, std = images[:800].mean(), images[:800].std()
images = (images - mean) / std

image_loader = DataLoader(images[:800], batch_size=20, shuffle=True)
mask_loader = DataLoader(masks[:800], batch_size=20, shuffle=True)
val_images, val_masks = images[800:], masks[800:]

net = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(),
    nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(),
    nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(),
    nn.Conv2d(16, 1, 1),
)
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
loss_fn = nn.BCEWithLogitsLoss()

for epoch in range(1, 9):
    net.train()
    train_loss = 0.0
    for img, msk in zip(image_loader, mask_loader):
        out = net(img)
        loss = loss_fn(out, msk)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        train_loss += loss.item()

    net.eval()
    with torch.no_grad():
        out = net(val_images)
        val_loss = loss_fn(out, val_masks).item()
        found = out > 0
        truth = val_masks.bool()
        iou = ((found & truth).sum() / (found | truth).sum()).item()
    print(f"epoch {epoch} train loss {train_loss / len(image_loader):.4f} val loss {val_loss:.4f} val IoU {iou:.3f}")
