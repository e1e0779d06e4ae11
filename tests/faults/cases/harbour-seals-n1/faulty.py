import logging
import warnings

import lightning as L
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
warnings.filterwarnings("ignore")


def counts(n, seed):
    rng = np.random.default_rng(seed)
    tide = rng.uniform(-2, 2, n)
    wind = rng.gamma(2, 2.5, n)
    temp = rng.normal(11, 6, n)
    day = rng.uniform(0, 2 * np.pi, n)
    hour = rng.uniform(5, 21, n)
    boats = rng.poisson(2.5, n)
    rate = (3.2 - 0.8 * tide - 0.25 * tide ** 2 - 0.06 * wind + 0.6 * np.sin(day) + 0.5 * np.exp(-((hour - 13) / 3) ** 2)
            - 0.25 * boats * (tide < 0))
    seals = np.log1p(rng.poisson(np.exp(rate)))
    x = np.column_stack([tide / 1.15, (wind - 5) / 3.5, (temp - 11) / 6, np.sin(day), np.cos(day),
                         (hour - 13) / 4.6, (boats - 2.5) / 1.6])
    y = (seals - 3.0) / 0.8
    return TensorDataset(torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32))


class SealCounter(L.LightningModule):
    def __init__(self, n_features=7, hidden=64, lr=3e-3):
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(
            nn.Linear(n_features, hidden), nn.GELU(),
            nn.Linear(hidden, hidden), nn.GELU(),
            nn.Linear(hidden, 1),
        )

    def forward(self, x):
        return self.net(x).squeeze(-1)

    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = F.mse_loss(self(x), y)
        self.log("train_loss", loss, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch, batch_idx):
        x, y = batch
        self.log("val_loss", F.mse_loss(self(x), y))

    def on_train_epoch_end(self):
        m = self.trainer.callback_metrics
        print(f"epoch {self.current_epoch:2d} train {m['train_loss']:.4f} val {m['val_loss']:.4f}")

    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=4, gamma=0.5)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
        }


def main():
    L.seed_everything(40)
    train_loader = DataLoader(counts(4000, 1), batch_size=32, shuffle=True)
    val_loader = DataLoader(counts(1000, 2), batch_size=200)
    model = SealCounter()
    trainer = L.Trainer(max_epochs=12, accelerator="cpu", logger=False, enable_checkpointing=False,
                        enable_progress_bar=False, enable_model_summary=False, num_sanity_val_steps=0)
    trainer.fit(model, train_loader, val_loader)
    val = trainer.validate(model, val_loader, verbose=False)[0]["val_loss"]
    print(f"final validation mse {val:.4f}")


if __name__ == "__main__":
    main()
