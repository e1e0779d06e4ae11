import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(31)


def scans(n, size=16):
    yy, xx = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    centre = torch.rand(n, 2, 1, 1) * 8 + 4
    radius = torch.rand(n, 1, 1) * 2.5 + 2
    mask = ((yy - centre[:, 0]) ** 2 + (xx - centre[:, 1]) ** 2).sqrt() < radius
    image = mask * (0.6 + 0.4 * torch.rand(n, 1, 1)) + 0.3 * torch.randn(n, size, size)
    return TensorDataset(image.unsqueeze(1), mask.float().unsqueeze(1))


def block(n_in, n_out):
    return nn.Sequential(nn.Conv2d(n_in, n_out, 3, padding=1), nn.GroupNorm(4, n_out), nn.ReLU())


class TinyUNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1, self.down2 = block(1, 8), block(8, 16)
        self.up1, self.out = block(24, 8), nn.Conv2d(8, 1, 1)
        self.pool, self.grow = nn.MaxPool2d(2), nn.Upsample(scale_factor=2)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(self.pool(a))
        return self.out(self.up1(torch.cat([a, self.grow(b)], 1)))


def dice(logits, mask):
    p = torch.sigmoid(logits)
    return 1 - (2 * (p * mask).sum((1, 2, 3)) + 1) / (p.sum((1, 2, 3)) + mask.sum((1, 2, 3)) + 1)


# the scanner's memory allows two images at a time
train_loader = DataLoader(scans(400), batch_size=2, shuffle=True)
val_loader = DataLoader(scans(100), batch_size=2)
net = TinyUNet().to(memory_format=torch.channels_last)
optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3)
for epoch in range(1, 5):
    net.train()
    total = 0.0
    for image, mask in train_loader:
        out = net(image.to(memory_format=torch.channels_last))
        loss = nn.functional.binary_cross_entropy_with_logits(out, mask) + dice(out, mask).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    net.eval()
    with torch.no_grad():
        overlap = torch.cat([1 - dice((net(image) > 0).float() * 40 - 20, mask) for image, mask in val_loader]).mean().item()
    print(f"epoch {epoch}: loss {total / len(train_loader):.4f} validation dice {overlap:.3f}")
