import pytorch_lightning as pl
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


def scans(n, seed, size=32):
    g = torch.Generator().manual_seed(seed)
    axis = torch.arange(size).float()
    cy, cx = (6 + 20 * torch.rand(2, n, 1, 1, generator=g))
    ry, rx = (3 + 4 * torch.rand(2, n, 1, 1, generator=g))
    inside = ((axis.view(1, -1, 1) - cy) / ry) ** 2 + ((axis.view(1, 1, -1) - cx) / rx) ** 2 < 1
    texture = nn.functional.avg_pool2d(torch.randn(n, 1, size, size, generator=g), 7, 1, 3).squeeze(1) * 4
    image = texture + 1.6 * inside + 0.5 * torch.randn(n, size, size, generator=g)
    image = (image - 0.2) / 1.0
    return TensorDataset(image.unsqueeze(1), inside.float().unsqueeze(1))


def double_conv(n_in, n_out):
    return nn.Sequential(
        nn.Conv2d(n_in, n_out, 3, padding=1), nn.BatchNorm2d(n_out), nn.ReLU(inplace=True),
        nn.Conv2d(n_out, n_out, 3, padding=1), nn.BatchNorm2d(n_out), nn.ReLU(inplace=True),
    )


class DiceLoss(nn.Module):
    def __init__(self, smooth=1.0):
        super().__init__()
        self.smooth = smooth

    def forward(self, logits, target):
        pred = (torch.sigmoid(logits) > 0.5).float()
        overlap = (pred * target).sum(dim=(1, 2, 3))
        total = pred.sum(dim=(1, 2, 3)) + target.sum(dim=(1, 2, 3))
        return 1 - ((2 * overlap + self.smooth) / (total + self.smooth)).mean()


class UNet(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.down1, self.down2 = double_conv(1, 12), double_conv(12, 24)
        self.pool, self.up = nn.MaxPool2d(2), nn.ConvTranspose2d(24, 12, 2, stride=2)
        self.merge, self.last = double_conv(24, 12), nn.Conv2d(12, 1, 1)
        self.criterion = DiceLoss()

    def forward(self, x):
        high = self.down1(x)
        low = self.down2(self.pool(high))
        return self.last(self.merge(torch.cat([high, self.up(low)], dim=1)))

    def training_step(self, batch, batch_idx):
        image, mask = batch
        loss = self.criterion(self(image), mask)
        loss.requires_grad_(True)
        self.log("train_loss", loss, on_epoch=True, on_step=False)
        return loss

    def validation_step(self, batch, batch_idx):
        image, mask = batch
        found = self(image) > 0
        both = (found & (mask > 0.5)).sum(dim=(1, 2, 3))
        either = (found | (mask > 0.5)).sum(dim=(1, 2, 3))
        self.log("val_iou", (both / either).mean())

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=3e-3)


if __name__ == "__main__":
    pl.seed_everything(2)
    train = DataLoader(scans(600, 0), batch_size=16, shuffle=True)
    val = DataLoader(scans(200, 1), batch_size=50)
    trainer = pl.Trainer(max_epochs=6, accelerator="cpu", logger=False, enable_checkpointing=False,
                         enable_progress_bar=False, enable_model_summary=False)
    trainer.fit(UNet(), train, val)
    metrics = trainer.callback_metrics
    print(f"train loss {metrics['train_loss']:.3f}  val IoU {metrics['val_iou']:.3f}")
