import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


def pictures(n, gen, size=16):
    """Smooth clouds with one hard edge each, roughly standardised."""
    coarse = torch.randn(n, 1, 4, 4, generator=gen)
    image = F.interpolate(coarse, size=(size, size), mode="bicubic", align_corners=False)
    cut = torch.randint(4, 12, (n, 1, 1, 1), generator=gen)
    step = torch.randn(n, 1, 1, 1, generator=gen)
    return image + step * (torch.arange(size).view(1, 1, 1, -1) >= cut)


def degrade(image, gen):
    small = F.avg_pool2d(image, 2)
    return small + 0.1 * torch.randn(small.shape, generator=gen)


class Upscaler(nn.Module):
    def __init__(self, width=16, depth=4):
        super().__init__()
        body = [nn.Conv2d(1, width, 3, padding=1), nn.ReLU(inplace=True)]
        for _ in range(depth - 2):
            body += [nn.Conv2d(width, width, 3, padding=1), nn.ReLU(inplace=True)]
        body += [nn.Conv2d(width, 4, 3, padding=1), nn.PixelShuffle(2)]
        self.body = nn.Sequential(*body)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.normal_(m.weight, 0.0, 1.0)
                nn.init.zeros_(m.bias)

    def forward(self, x):
        return self.body(x)


torch.manual_seed(19)
gen = torch.Generator().manual_seed(19)
sharp, sharp_val = pictures(1200, gen), pictures(200, gen)
blurred, blurred_val = degrade(sharp, gen), degrade(sharp_val, gen)
loader = DataLoader(TensorDataset(blurred, sharp), batch_size=32, shuffle=True)
baseline = F.l1_loss(F.interpolate(blurred_val, scale_factor=2, mode="bilinear"), sharp_val).item()

net = Upscaler()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(1, 13):
    net.train()
    total = 0.0
    for low, high in loader:
        optimizer.zero_grad()
        loss = F.l1_loss(net(low), high)
        loss.backward()
        optimizer.step()
        total += loss.item()
    if epoch % 3 == 0:
        net.eval()
        with torch.no_grad():
            val = F.l1_loss(net(blurred_val), sharp_val).item()
        print(f"epoch {epoch}: train l1 {total / len(loader):.3f} val l1 {val:.3f} (bilinear {baseline:.3f})")
