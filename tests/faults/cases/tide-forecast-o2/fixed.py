import logging
import math
import resource
import warnings

import pytorch_lightning as pl
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

warnings.filterwarnings("ignore")
logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
WINDOW = 36


def gauge(hours, seed):
    g = torch.Generator().manual_seed(seed)
    t = torch.arange(hours, dtype=torch.float32)
    level = torch.sin(2 * math.pi * t / 12.42) + 0.45 * torch.sin(2 * math.pi * t / 25.8 + 1.0)
    level = level + 0.2 * torch.sin(2 * math.pi * t / 355) + 0.08 * torch.randn(hours, generator=g)
    return (level - level.mean()) / level.std()


def windows(series):
    pieces = series.unfold(0, WINDOW + 1, 1)
    return TensorDataset(pieces[:, :-1].contiguous(), pieces[:, -1].contiguous())


class TideModel(pl.LightningModule):
    def __init__(self, hidden=32):
        super().__init__()
        self.cell = nn.GRUCell(1, hidden)
        self.readout = nn.Linear(hidden, 1)
        self.losses = []

    def forward(self, x):
        h = x.new_zeros(len(x), self.cell.hidden_size)
        for step in range(x.shape[1]):
            h = self.cell(x[:, step : step + 1], h)
        return self.readout(h).squeeze(1)

    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = nn.functional.mse_loss(self(x), y)
        self.losses.append(loss.detach())
        return loss

    def validation_step(self, batch, batch_idx):
        x, y = batch
        self.log("val_rmse", nn.functional.mse_loss(self(x), y).sqrt())

    def on_validation_epoch_end(self):
        mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"epoch {self.current_epoch} rmse {self.trainer.callback_metrics['val_rmse']:.3f} memory {mb} MB")

    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=1e-2)
        return [optimizer], [torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=self.trainer.max_epochs)]


pl.seed_everything(2, verbose=False)
series = gauge(2400, seed=2)
train_loader = DataLoader(windows(series[:1900]), batch_size=32, shuffle=True)
val_loader = DataLoader(windows(series[1900:]), batch_size=500)
model = TideModel()
trainer = pl.Trainer(max_epochs=16, accelerator="cpu", logger=False, enable_checkpointing=False, num_sanity_val_steps=0,
                     enable_progress_bar=False, enable_model_summary=False)
trainer.fit(model, train_loader, val_loader)

curve = torch.stack(model.losses).view(trainer.max_epochs, -1).mean(dim=1)
print("training curve", [round(v, 4) for v in curve.tolist()])
mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(f"val rmse {trainer.callback_metrics['val_rmse']:.3f} memory {mb} MB")
