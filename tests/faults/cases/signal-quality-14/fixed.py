import logging
import math

import lightning as L
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
KINDS = {0: 2, 1: 4, 2: 8}


def receive(n, seed, symbols=32):
    """Symbols of a phase-shift keying with random rotation, as pairs of 12-bit readings."""
    g = torch.Generator().manual_seed(seed)
    kind = torch.randint(0, 3, (n,), generator=g)
    levels = torch.tensor([2.0, 4.0, 8.0])[kind][:, None]
    step = (torch.rand(n, symbols, generator=g) * levels).floor()
    angle = 2 * math.pi * (step / levels + torch.rand(n, 1, generator=g))
    points = torch.stack([angle.cos(), angle.sin()], dim=-1) + 0.08 * torch.randn(n, symbols, 2, generator=g)
    return points * 900 + 2048, kind


class RadioData(L.LightningDataModule):
    def __init__(self, batch_size=50):
        super().__init__()
        self.batch_size = batch_size

    def setup(self, stage=None):
        points, kind = receive(2500, 0)
        self.mean, self.std = points.mean(), points.std()
        self.train_set = TensorDataset((points - self.mean) / self.std, kind)
        points, kind = receive(500, 1)
        self.val_set = TensorDataset((points - self.mean) / self.std, kind)

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=self.batch_size, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=250)


class Modulation(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.pair = nn.Sequential(nn.Linear(4, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU())
        self.out = nn.Linear(48, len(KINDS))

    def forward(self, points):
        pairs = torch.cat([points[:, :-1], points[:, 1:]], dim=-1)
        return self.out(self.pair(pairs).mean(dim=1))

    def training_step(self, batch, batch_idx):
        points, kind = batch
        return F.cross_entropy(self(points), kind)

    def validation_step(self, batch, batch_idx):
        points, kind = batch
        out = self(points)
        self.log("val_loss", F.cross_entropy(out, kind))
        self.log("val_acc", (out.argmax(1) == kind).float().mean())

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=2e-3)


L.seed_everything(14, verbose=False)
trainer = L.Trainer(max_epochs=12, logger=False, enable_checkpointing=False, enable_progress_bar=False,
                    enable_model_summary=False, accelerator="cpu", num_sanity_val_steps=0)
trainer.fit(Modulation(), RadioData())
found = trainer.callback_metrics
print(f"val loss {found['val_loss'].item():.3f} val accuracy {found['val_acc'].item():.3f}")
