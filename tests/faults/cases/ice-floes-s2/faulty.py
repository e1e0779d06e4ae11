import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

SIZE = 24


class DoubleConv(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, 1, 1, bias=False), nn.BatchNorm2d(out_channels), nn.ReLU(inplace=True),
            nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False), nn.BatchNorm2d(out_channels), nn.ReLU(inplace=True),
        )

    def forward(self, x):
        return self.conv(x)


class UNet(nn.Module):
    def __init__(self, in_channels=1, out_channels=1):
        super().__init__()
        self.down1 = DoubleConv(in_channels, 8)
        self.bottleneck = DoubleConv(8, 16)
        self.up = nn.ConvTranspose2d(16, 8, kernel_size=2, stride=2)
        self.decode = DoubleConv(16, 8)
        self.final_conv = nn.Conv2d(8, out_channels, kernel_size=1)

    def forward(self, x):
        skip = self.down1(x)
        x = self.bottleneck(F.max_pool2d(skip, 2))
        x = self.decode(torch.cat((skip, self.up(x)), dim=1))
        return torch.sigmoid(self.final_conv(x))


def floes(n, seed):
    g = torch.Generator().manual_seed(seed)
    grid = torch.arange(SIZE, dtype=torch.float32)
    yy, xx = grid.view(1, -1, 1), grid.view(1, 1, -1)
    masks = torch.zeros(n, SIZE, SIZE, dtype=torch.bool)
    for _ in range(3):
        cy, cx = (3 + 18 * torch.rand(2, n, 1, 1, generator=g)).unbind(0)
        ry, rx = (1.5 + 2.5 * torch.rand(2, n, 1, 1, generator=g)).unbind(0)
        masks |= ((yy - cy) / ry) ** 2 + ((xx - cx) / rx) ** 2 < 1
    level = 0.3 * torch.randn(n, 1, 1, generator=g)
    images = level + 1.2 * masks + 0.45 * torch.randn(n, SIZE, SIZE, generator=g)
    images = (images - 0.18) / 0.68
    return TensorDataset(images.unsqueeze(1), masks.float().unsqueeze(1))


def check_accuracy(loader, model):
    num_correct = num_pixels = 0
    intersection = total = 0.0
    model.eval()
    with torch.no_grad():
        for x, y in loader:
            preds = torch.sigmoid(model(x))
            preds = (preds > 0.5).float()
            num_correct += (preds == y).sum().item()
            num_pixels += preds.numel()
            intersection += (preds * y).sum().item()
            total += (preds + y).sum().item()
    model.train()
    return num_correct / num_pixels, 2 * intersection / total


torch.manual_seed(19)
train_loader = DataLoader(floes(320, 0), batch_size=16, shuffle=True)
val_loader = DataLoader(floes(150, 1), batch_size=50)
model = UNet()
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)

for epoch in range(12):
    model.train()
    running = 0.0
    for data, targets in train_loader:
        loss = loss_fn(model(data), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        running += loss.item()
    accuracy, dice = check_accuracy(val_loader, model)
    print(f"epoch {epoch}: loss {running / len(train_loader):.4f}, pixel accuracy {100 * accuracy:.2f}, dice score {dice:.4f}")
