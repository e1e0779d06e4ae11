import logging
import warnings

import lightning as L
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
warnings.filterwarnings("ignore", ".*num_workers.*")


class MoistureModel(L.LightningModule):
    def __init__(self, n_features, hidden=48, lr=3e-3):
        super().__init__()
        self.lr = lr
        self.net = nn.Sequential(
            nn.Linear(n_features, hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, 1),
            nn.Sigmoid(),
        )
        self.train_losses = []

    def forward(self, x):
        return self.net(x).squeeze(-1)

    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = F.mse_loss(self(x), y)
        self.train_losses.append(loss.item())
        return loss

    def validation_step(self, batch, batch_idx):
        x, y = batch
        self.log("val_mse", F.mse_loss(self(x), y), on_epoch=True)

    def on_validation_epoch_end(self):
        if self.train_losses and self.current_epoch % 3 == 2:
            train = np.mean(self.train_losses[-40:])
            print(f"epoch {self.current_epoch + 1}: train mse {train:.4f} val mse {self.trainer.callback_metrics['val_mse']:.4f}")

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.lr)


def field(n, rng):
    rain = rng.gamma(1.5, 4, n)
    sun = rng.uniform(0, 12, n)
    clay = rng.uniform(0, 60, n)
    slope = rng.exponential(5, n)
    wind = rng.gamma(3, 1.2, n)
    wet = 3.0 * np.sqrt(rain) * (0.5 + clay / 60) - 0.12 * sun * wind - 0.25 * slope + rng.normal(0, 0.4, n)
    return np.stack([rain, sun, clay, slope, wind], axis=1), wet


if __name__ == "__main__":
    L.seed_everything(12, verbose=False)
    X, y = field(3000, np.random.default_rng(12))
    X = (X - X[:2400].mean(0)) / X[:2400].std(0)
    y = (y - y[:2400].mean()) / y[:2400].std()
    data = TensorDataset(torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.float32))
    train, val = torch.utils.data.Subset(data, range(2400)), torch.utils.data.Subset(data, range(2400, 3000))
    model = MoistureModel(X.shape[1])
    trainer = L.Trainer(max_epochs=15, accelerator="cpu", logger=False, enable_checkpointing=False,
                        enable_progress_bar=False, enable_model_summary=False)
    trainer.fit(model, DataLoader(train, batch_size=60, shuffle=True), DataLoader(val, batch_size=600))
