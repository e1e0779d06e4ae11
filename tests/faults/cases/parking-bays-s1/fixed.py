import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset


class CarPark(Dataset):
    """24x24 aerial pictures: cars are 6x3 bright or dark boxes; the mask marks them."""

    def __init__(self, n, seed):
        gen = torch.Generator().manual_seed(seed)
        self.images = 0.4 * torch.randn(n, 1, 24, 24, generator=gen)
        self.masks = torch.zeros(n, 1, 24, 24)
        for i in range(n):
            for row in (2, 9, 16):
                for col in range(1, 22, 4):
                    if torch.rand(1, generator=gen) < 0.5:
                        colour = 1.5 if torch.rand(1, generator=gen) < 0.5 else -1.5
                        self.images[i, 0, row:row + 6, col:col + 3] += colour
                        self.masks[i, 0, row:row + 6, col:col + 3] = 1

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        return self.images[i], self.masks[i]


def conv(c_in, c_out):
    return nn.Sequential(nn.Conv2d(c_in, c_out, 3, padding=1), nn.BatchNorm2d(c_out), nn.ReLU())


class SmallUNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1, self.down2 = conv(1, 12), conv(12, 24)
        self.pool, self.up = nn.MaxPool2d(2), nn.Upsample(scale_factor=2, mode="nearest")
        self.up1 = conv(36, 12)
        self.head = nn.Conv2d(12, 1, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.up(self.down2(self.pool(a)))
        return self.head(self.up1(torch.cat([a, b], dim=1)))


class DiceLoss(nn.Module):
    def forward(self, logits, masks, smooth=1.0):
        preds = torch.sigmoid(logits)
        overlap = (preds * masks).sum(dim=(1, 2, 3))
        total = preds.sum(dim=(1, 2, 3)) + masks.sum(dim=(1, 2, 3))
        return 1 - ((2 * overlap + smooth) / (total + smooth)).mean()


def iou(logits, masks):
    preds = logits > 0
    inter = (preds & (masks > 0.5)).sum().item()
    union = (preds | (masks > 0.5)).sum().item()
    return inter / max(union, 1)


torch.manual_seed(14)
train_loader = DataLoader(CarPark(400, seed=0), batch_size=20, shuffle=True)
val_loader = DataLoader(CarPark(100, seed=1), batch_size=100)
model = SmallUNet()
criterion = DiceLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)

for epoch in range(20):
    model.train()
    epoch_loss = 0.0
    for images, masks in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(images), masks)
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item()
    model.eval()
    with torch.no_grad():
        images, masks = next(iter(val_loader))
        logits = model(images)
        print(f"epoch {epoch + 1} loss {epoch_loss / len(train_loader):.4f} "
              f"val dice loss {criterion(logits, masks).item():.4f} val IoU {iou(logits, masks):.4f}")
