import logging
import warnings

import lightning as L
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

warnings.filterwarnings("ignore")
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
SIZE = 32


def make_tiles(n, seed):
    g = torch.Generator().manual_seed(seed)
    yy, xx = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
    centre = 8 + 16 * torch.rand(n, 2, 2, generator=g)
    radius = 4 + 4 * torch.rand(n, 2, 2, generator=g)
    mask = torch.zeros(n, SIZE, SIZE, dtype=torch.bool)
    for k in range(2):
        dy = (yy - centre[:, k, 0, None, None]) / radius[:, k, 0, None, None]
        dx = (xx - centre[:, k, 1, None, None]) / radius[:, k, 1, None, None]
        mask |= dy**2 + dx**2 < 1
    tile = torch.randn(n, SIZE, SIZE, generator=g) + 1.5 * mask
    tile = (tile - 0.35) / 1.2
    return tile.unsqueeze(1), mask.float().unsqueeze(1)


def conv(c_in, c_out):
    return nn.Sequential(nn.Conv2d(c_in, c_out, 3, padding=1), nn.BatchNorm2d(c_out), nn.ReLU())


class DiceLoss(nn.Module):
    def __init__(self, smooth=1.0):
        super().__init__()
        self.smooth = smooth

    def forward(self, logits, target):
        pred = torch.sigmoid(logits)
        overlap = (pred * target).sum(dim=(1, 2, 3))
        total = pred.sum(dim=(1, 2, 3)) + target.sum(dim=(1, 2, 3))
        dice = (2 * overlap + self.smooth) / (total + self.smooth)
        return 1 - dice.mean()


class PondNet(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.enc1 = conv(1, 12)
        self.enc2 = nn.Sequential(nn.MaxPool2d(2), conv(12, 24), conv(24, 24))
        self.up = nn.Upsample(scale_factor=2, mode="bilinear")
        self.dec = conv(36, 12)
        self.out = nn.Conv2d(12, 1, 1)
        self.criterion = DiceLoss()

    def forward(self, x):
        skip = self.enc1(x)
        deep = self.up(self.enc2(skip))
        return self.out(self.dec(torch.cat([skip, deep], dim=1)))

    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = self.criterion(self(x), y)
        self.log("train_loss", loss, on_epoch=True, on_step=False)
        return loss

    def validation_step(self, batch, batch_idx):
        x, y = batch
        pred = self(x) > 0
        inter = (pred & (y > 0)).sum()
        union = (pred | (y > 0)).sum()
        self.log("val_iou", inter / union)

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=3e-3)


L.seed_everything(13, verbose=False)
train_loader = DataLoader(TensorDataset(*make_tiles(600, 1)), batch_size=20, shuffle=True)
val_loader = DataLoader(TensorDataset(*make_tiles(150, 2)), batch_size=150)
trainer = L.Trainer(max_epochs=6, accelerator="cpu", logger=False, enable_checkpointing=False,
                    enable_progress_bar=False, enable_model_summary=False)
trainer.fit(PondNet(), train_loader, val_loader)
m = trainer.callback_metrics
print(f"train dice loss {m['train_loss']:.3f} val IoU {m['val_iou']:.3f}")
