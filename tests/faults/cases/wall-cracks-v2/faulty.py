"""Crack segmentation, U-Net after the well-known GitHub implementation."""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

SIZE = 24


def walls(n, seed):
    rng = np.random.default_rng(seed)
    images, masks = np.zeros((n, SIZE, SIZE)), np.zeros((n, SIZE, SIZE))
    for image, mask in zip(images, masks):
        row = rng.uniform(3, SIZE - 3)
        slope = rng.uniform(-0.7, 0.7)
        for col in range(SIZE):
            row = np.clip(row + slope + rng.normal(0, 0.5), 0, SIZE - 1)
            mask[int(row), col] = 1
        if rng.random() < 0.5:
            mask[:] = mask.T.copy()
        shade = np.linspace(*rng.uniform(-0.6, 0.6, 2), SIZE)
        image[:] = shade - 1.6 * mask + rng.normal(0, 0.45, (SIZE, SIZE))
    return [torch.tensor(a, dtype=torch.float32).unsqueeze(1) for a in (images, masks)]


def double_conv(n_in, n_out):
    return nn.Sequential(
        nn.Conv2d(n_in, n_out, 3, padding=1), nn.BatchNorm2d(n_out), nn.ReLU(inplace=True),
        nn.Conv2d(n_out, n_out, 3, padding=1), nn.BatchNorm2d(n_out), nn.ReLU(inplace=True),
    )


class UNet(nn.Module):
    def __init__(self, n_classes=1, c=8):
        super().__init__()
        self.inc = double_conv(1, c)
        self.down = double_conv(c, 2 * c)
        self.up = nn.ConvTranspose2d(2 * c, c, 2, stride=2)
        self.dec = double_conv(2 * c, c)
        self.outc = nn.Conv2d(c, n_classes, 1)

    def forward(self, x):
        x1 = self.inc(x)
        x2 = self.down(F.max_pool2d(x1, 2))
        x = self.dec(torch.cat([x1, self.up(x2)], dim=1))
        return torch.sigmoid(self.outc(x))


def evaluate(net, images, masks):
    net.eval()
    with torch.no_grad():
        pred = torch.sigmoid(net(images)) > 0.5
    true = masks > 0.5
    return ((pred & true).sum() / (pred | true).sum()).item()


torch.manual_seed(14)
x_train, m_train = walls(500, 1)
x_val, m_val = walls(120, 2)
net = UNet()
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=4e-3)
for epoch in range(1, 12):
    net.train()
    epoch_loss = 0.0
    for idx in torch.randperm(len(x_train)).split(20):
        optimizer.zero_grad(set_to_none=True)
        loss = criterion(net(x_train[idx]), m_train[idx])
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item() * len(idx)
    print(f"epoch {epoch}: loss {epoch_loss / len(x_train):.4f}, validation IoU {evaluate(net, x_val, m_val):.3f}")
