import logging
import warnings

import lightning as L
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
warnings.filterwarnings("ignore", message=".*num_workers.*")


class OxygenModel(L.LightningModule):
    def __init__(self, n_features, lr=3e-3, decay=0.95):
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(
            nn.Linear(n_features, 48), nn.SiLU(),
            nn.Linear(48, 48), nn.SiLU(),
            nn.Linear(48, 1),
        )

    def forward(self, x):
        return self.net(x).squeeze(-1)

    def training_step(self, batch, batch_idx):
        x, y = batch
        return F.mse_loss(self(x), y)

    def validation_step(self, batch, batch_idx):
        x, y = batch
        self.log("val_mse", F.mse_loss(self(x), y))

    def on_validation_epoch_end(self):
        if not self.trainer.sanity_checking and self.current_epoch % 5 == 4:
            print(f"epoch {self.current_epoch + 1}  val mse {self.trainer.callback_metrics['val_mse'].item():.4f}")

    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        scheduler = torch.optim.lr_scheduler.LambdaLR(
            optimizer,
            lr_lambda=lambda epoch: self.hparams.lr * self.hparams.decay ** epoch,
        )
        return [optimizer], [scheduler]


def river(n, rng):
    temp = rng.normal(14, 5, n)
    flow = rng.lognormal(1, 0.5, n)
    light = rng.uniform(0, 1, n)
    algae = rng.lognormal(0, 0.6, n)
    nitrate = rng.normal(3, 0.8, n)
    ph = rng.normal(7.6, 0.3, n)
    oxygen = 14.6 - 0.39 * temp + 0.005 * temp ** 2 + 0.6 * np.log(flow) + 1.8 * algae * (light - 0.4)
    oxygen = oxygen - 0.4 * np.maximum(nitrate - 3, 0) * algae + rng.normal(0, 0.3, n)
    return np.stack([temp, flow, light, algae, nitrate, ph], 1), oxygen


def main():
    L.seed_everything(19)
    x, y = river(3000, np.random.default_rng(19))
    mean, std = x[:2400].mean(0), x[:2400].std(0)
    x = torch.tensor((x - mean) / std, dtype=torch.float32)
    y = torch.tensor((y - y[:2400].mean()) / y[:2400].std(), dtype=torch.float32)
    train = DataLoader(TensorDataset(x[:2400], y[:2400]), batch_size=60, shuffle=True)
    val = DataLoader(TensorDataset(x[2400:], y[2400:]), batch_size=300)

    trainer = L.Trainer(
        max_epochs=40, accelerator="cpu", logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False,
    )
    model = OxygenModel(x.shape[1])
    trainer.fit(model, train, val)
    r2 = 1 - trainer.callback_metrics["val_mse"].item() / y[2400:].var().item()
    print(f"R2 on the validation days: {r2:.3f}")


if __name__ == "__main__":
    main()
