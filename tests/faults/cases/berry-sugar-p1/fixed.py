import logging
from dataclasses import dataclass, field

import lightning.pytorch as pl
import torch
from lightning.pytorch.callbacks import Callback
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


@dataclass
class Config:
    bands: int = 24
    classes: int = 3
    widths: list = field(default_factory=lambda: [64, 64])
    lr: float = 1e-3
    batch_size: int = 64
    max_epochs: int = 8
    precision: str = "bf16-mixed"
    seed: int = 31


def make_berries(cfg, n, gen):
    basis = torch.randn(6, cfg.bands, generator=torch.Generator().manual_seed(0))
    mix = torch.randn(n, 6, generator=gen)
    sugar = mix[:, 0] + 0.5 * mix[:, 1] * mix[:, 2]
    y = (sugar > -0.5).long() + (sugar > 0.6).long()
    x = mix @ basis + 0.3 * torch.randn(n, cfg.bands, generator=gen)
    return x / x.std(0), y


class BerryNet(pl.LightningModule):
    def __init__(self, cfg):
        super().__init__()
        self.cfg = cfg
        layers, last = [], cfg.bands
        for width in cfg.widths:
            layers += [nn.Linear(last, width), nn.ReLU()]
            last = width
        self.net = nn.Sequential(*layers, nn.Linear(last, cfg.classes))
        self.loss = nn.CrossEntropyLoss()

    def forward(self, x):
        return self.net(x)

    def step(self, batch, stage):
        x, y = batch
        logits = self(x)
        loss = self.loss(logits, y)
        self.log(f"{stage}_loss", loss, on_step=False, on_epoch=True)
        self.log(f"{stage}_acc", (logits.argmax(1) == y).float().mean(), on_step=False, on_epoch=True)
        return loss

    def training_step(self, batch, _):
        return self.step(batch, "train")

    def validation_step(self, batch, _):
        self.step(batch, "val")

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.cfg.lr)


class Report(Callback):
    def on_train_epoch_end(self, trainer, module):
        m = {k: float(v) for k, v in trainer.callback_metrics.items()}
        print(f"epoch {trainer.current_epoch}: train {m['train_loss']:.3f} / {m['train_acc']:.3f}  "
              f"val {m['val_loss']:.3f} / {m['val_acc']:.3f}")


def run(cfg):
    pl.seed_everything(cfg.seed)
    gen = torch.Generator().manual_seed(cfg.seed)
    train = TensorDataset(*make_berries(cfg, 6000, gen))
    val = TensorDataset(*make_berries(cfg, 800, gen))
    trainer = pl.Trainer(
        accelerator="cpu", precision=cfg.precision, max_epochs=cfg.max_epochs, callbacks=[Report()], logger=False,
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
    )
    trainer.fit(BerryNet(cfg), DataLoader(train, cfg.batch_size, shuffle=True), DataLoader(val, 400))


run(Config())
