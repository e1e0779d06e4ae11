import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


def tiles(n, gen):
    """Snow lies where the ground is high; the sensor sees brightness and warmth through clouds."""
    coarse = torch.randn(n, 1, 6, 6, generator=gen)
    height = F.interpolate(coarse, size=(24, 24), mode="bicubic", align_corners=False)
    clouds = F.interpolate(torch.randn(n, 1, 6, 6, generator=gen), size=(24, 24), mode="bicubic", align_corners=False)
    snow = (height > 0.3).float()
    bright = snow + 0.4 * (clouds > 0.4).float() + 0.3 * torch.randn(n, 1, 24, 24, generator=gen)
    warm = -0.8 * snow - clouds.clamp(min=0) + 0.3 * torch.randn(n, 1, 24, 24, generator=gen)
    x = torch.cat([bright, warm], 1)
    return (x - torch.tensor([0.5, -0.6]).view(1, 2, 1, 1)) / 0.7, snow


def block(c_in, c_out):
    return nn.Sequential(nn.Conv2d(c_in, c_out, 3, padding=1), nn.ReLU(),
                         nn.Conv2d(c_out, c_out, 3, padding=1), nn.ReLU())


class SmallUNet(nn.Module):
    def __init__(self, c=8):
        super().__init__()
        self.down = block(2, c)
        self.mid = block(c, 2 * c)
        self.up = nn.ConvTranspose2d(2 * c, c, 2, stride=2)
        self.merge = block(2 * c, c)
        self.out = nn.Conv2d(c, 1, 1)

    def forward(self, x):
        a = self.down(x)
        b = self.mid(F.max_pool2d(a, 2))
        return self.out(self.merge(torch.cat([a, self.up(b)], dim=1)))


def iou(logits, mask):
    guess = logits > 0
    return ((guess & (mask > 0)).sum() / (guess | (mask > 0)).sum()).item()


torch.manual_seed(10)
gen = torch.Generator().manual_seed(10)
train_loader = DataLoader(TensorDataset(*tiles(600, gen)), batch_size=20, shuffle=True)
x_val, m_val = tiles(150, gen)
model = SmallUNet()
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.85)

for epoch in range(1, 11):
    model.train()
    total = 0.0
    for x, mask in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x), mask)
        loss.backward()
        optimizer.step()
        total += loss.item()
    scheduler.step()
    model.eval()
    with torch.no_grad():
        out = model(x_val)
        val_loss = criterion(out, m_val).item()
    print(f"epoch {epoch:2d}  train {total / len(train_loader):.3f}  val {val_loss:.3f}  val IoU {iou(out, m_val):.3f}")
