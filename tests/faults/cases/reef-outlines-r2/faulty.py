import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

BATCH_SIZE = 4
ACCUMULATION_STEPS = 8
EPOCHS = 6
LR = 0.15


def make_tiles(n, size=16):
    """Two round reefs in water with waves; the mask is 1 on the reef."""
    grid = torch.arange(size).float()
    y, x = grid.view(1, size, 1), grid.view(1, 1, size)
    mask = torch.zeros(n, size, size, dtype=torch.bool)
    for _ in range(2):
        cx, cy = 3 + (size - 6) * torch.rand(2, n, 1, 1)
        mask |= (x - cx) ** 2 + (y - cy) ** 2 < (2.5 + 2.5 * torch.rand(n, 1, 1)) ** 2
    waves = 0.4 * torch.sin(0.9 * x + 0.5 * y + 6.28 * torch.rand(n, 1, 1))
    tile = mask.float() * 1.2 + waves + 0.4 * torch.randn(n, size, size)
    return ((tile - 0.25) / 0.7).unsqueeze(1), mask.float().unsqueeze(1)


def double_conv(n_in, n_out):
    return nn.Sequential(nn.Conv2d(n_in, n_out, 3, padding=1), nn.ReLU(), nn.Conv2d(n_out, n_out, 3, padding=1), nn.ReLU())


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1 = double_conv(1, 8)
        self.down2 = double_conv(8, 16)
        self.up = double_conv(24, 8)
        self.out = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(F.max_pool2d(a, 2))
        b = F.interpolate(b, scale_factor=2)
        return self.out(self.up(torch.cat([a, b], dim=1)))


def dice(logits, mask):
    pred = (logits > 0).float()
    return (2 * (pred * mask).sum() / (pred.sum() + mask.sum())).item()


torch.manual_seed(10)
train_loader = DataLoader(TensorDataset(*make_tiles(1280)), batch_size=BATCH_SIZE, shuffle=True)
val_x, val_y = make_tiles(200)

model = UNet()
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=LR, momentum=0.9)

for epoch in range(EPOCHS):
    model.train()
    epoch_loss = 0.0
    optimizer.zero_grad()
    for step, (tiles, masks) in enumerate(train_loader):
        loss = criterion(model(tiles), masks)
        epoch_loss += loss.item()
        loss.backward()
        # step once every 8 batches to train with an effective batch of 32
        if (step + 1) % ACCUMULATION_STEPS == 0:
            optimizer.step()
            optimizer.zero_grad()

    model.eval()
    with torch.no_grad():
        logits = model(val_x)
        val_loss = criterion(logits, val_y).item()
    print(f"Epoch {epoch + 1}: loss {epoch_loss / len(train_loader):.4f}, val loss {val_loss:.4f}, val dice {dice(logits, val_y):.3f}")
