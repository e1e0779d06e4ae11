import logging
import warnings

import lightning as L
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

warnings.filterwarnings("ignore")
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
POINTS = 64


def profiles(n):
    """Radius of a vase at 64 heights: foot, belly, neck and lip."""
    h = torch.linspace(0, 1, POINTS)
    belly = 0.25 + 0.3 * torch.rand(n, 1)
    width = 0.12 + 0.15 * torch.rand(n, 1)
    swell = 0.5 + 0.8 * torch.rand(n, 1)
    lip = 0.6 * torch.rand(n, 1)
    radius = 0.6 + swell * torch.exp(-((h - belly) / width) ** 2) + lip * torch.exp((h - 1) / 0.08)
    return (radius + 0.01 * torch.randn(n, POINTS) - 0.95) / 0.42


class ProfileAutoencoder(L.LightningModule):
    def __init__(self, code=6, width=64, lr=3e-3):
        super().__init__()
        self.lr = lr
        self.encoder = nn.Sequential(nn.Linear(POINTS, width), nn.SiLU(), nn.Linear(width, code))
        self.decoder = nn.Sequential(nn.Linear(code, width), nn.SiLU(), nn.Linear(width, POINTS))

    def forward(self, x):
        return self.decoder(self.encoder(x))

    def training_step(self, batch, batch_idx):
        (x,) = batch
        loss = F.mse_loss(self(x), x)
        self.log("train_mse", loss, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch, batch_idx):
        (x,) = batch
        self.log("val_mse", F.mse_loss(self(x), x))

    def on_train_epoch_end(self):
        logged = self.trainer.callback_metrics
        print(f"epoch {self.current_epoch + 1}: train mse {logged['train_mse']:.5f} val mse {logged['val_mse']:.5f}")

    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.lr)
        scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "epoch"}}


L.seed_everything(20, verbose=False)
train_loader = DataLoader(TensorDataset(profiles(2400)), batch_size=48, shuffle=True)
val_loader = DataLoader(TensorDataset(profiles(400)), batch_size=400)
model = ProfileAutoencoder()
trainer = L.Trainer(max_epochs=16, accelerator="cpu", logger=False, enable_checkpointing=False,
                    enable_progress_bar=False, enable_model_summary=False, num_sanity_val_steps=0)
trainer.fit(model, train_loader, val_loader)
print(f"validation mse {trainer.callback_metrics['val_mse']:.5f}")
