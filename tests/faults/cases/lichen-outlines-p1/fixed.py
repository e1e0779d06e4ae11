import logging

import lightning as L
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


class LichenData(L.LightningDataModule):
    def __init__(self, n=500, size=24, batch_size=20):
        super().__init__()
        self.n, self.size, self.batch_size = n, size, batch_size

    def setup(self, stage=None):
        g = torch.Generator().manual_seed(1)
        yy, xx = torch.meshgrid(torch.arange(self.size), torch.arange(self.size), indexing="ij")
        mask = torch.zeros(self.n, self.size, self.size)
        for _ in range(3):
            cy, cx = torch.rand(2, self.n, 1, 1, generator=g) * self.size
            r = 2 + 3 * torch.rand(self.n, 1, 1, generator=g)
            mask = torch.maximum(mask, ((yy - cy) ** 2 + (xx - cx) ** 2 < r ** 2).float())
        tint = torch.rand(self.n, 1, 1, generator=g) - 0.5
        grain = torch.randn(self.n, self.size, self.size, generator=g)
        stone = nn.functional.avg_pool2d(torch.randn(self.n, 1, self.size, self.size, generator=g), 3, 1, 1)[:, 0]
        image = tint + stone + mask * (1 + grain.abs()) + 0.2 * grain
        image = (image - image.mean()) / image.std()
        data = TensorDataset(image[:, None], mask[:, None])
        self.train, self.val = random_split(data, [self.n - 100, 100], generator=g)

    def train_dataloader(self):
        return DataLoader(self.train, batch_size=self.batch_size, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val, batch_size=100)


def block(a, b):
    return nn.Sequential(nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU())


class Outliner(L.LightningModule):
    def __init__(self, lr=0.05):
        super().__init__()
        self.lr = lr
        self.enter, self.down = block(1, 12), nn.Sequential(nn.MaxPool2d(2), block(12, 24), block(24, 24))
        self.up = nn.Upsample(scale_factor=2)
        self.leave = nn.Sequential(block(36, 12), nn.Conv2d(12, 1, 1))

    def forward(self, x):
        fine = self.enter(x)
        return self.leave(torch.cat([fine, self.up(self.down(fine))], 1))

    def training_step(self, batch, _):
        x, y = batch
        return nn.functional.binary_cross_entropy_with_logits(self(x), y)

    def validation_step(self, batch, _):
        x, y = batch
        logits = self(x)
        self.log("val_loss", nn.functional.binary_cross_entropy_with_logits(logits, y))
        p = logits > 0
        self.log("val_iou", ((p * y).sum() / ((p + y) > 0).sum()))

    def on_validation_epoch_end(self):
        m = self.trainer.callback_metrics
        print(f"epoch {self.current_epoch}: val loss {m['val_loss']:.3f}, IoU {m['val_iou']:.3f}")

    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=self.lr, momentum=0.9)
        scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.8)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "epoch"}}


L.seed_everything(13)
trainer = L.Trainer(max_epochs=12, accelerator="cpu", logger=False, enable_checkpointing=False,
                    enable_progress_bar=False, enable_model_summary=False, num_sanity_val_steps=0)
trainer.fit(Outliner(), datamodule=LichenData())
