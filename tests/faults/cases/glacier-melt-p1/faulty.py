import logging

import lightning as L
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
L.seed_everything(4)


def melt_records(n, rng):
    temp = rng.normal(2, 5, n)
    sun = rng.uniform(0, 350, n)
    albedo = rng.uniform(0.2, 0.85, n)
    wind = rng.gamma(2, 2, n)
    rain = rng.exponential(2, n)
    humid = rng.uniform(0.3, 1, n)
    melt = np.maximum(temp, 0) * (2.5 + 0.3 * wind) + 0.09 * sun * (1 - albedo) + 0.4 * rain * np.maximum(temp, 0)
    melt = melt + rng.normal(0, 0.7, n)
    return np.column_stack([temp, sun, albedo, wind, rain, humid]), melt


class MeltModel(L.LightningModule):
    def __init__(self, n_in, width=96, p=0.25, lr=2e-3):
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(
            nn.Linear(n_in, width), nn.ReLU(), nn.Dropout(p),
            nn.Linear(width, width), nn.ReLU(), nn.Dropout(p),
            nn.Linear(width, 1),
        )

    def forward(self, x):
        return self.net(x).squeeze(-1)

    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = nn.functional.mse_loss(self(x), y)
        self.log("train_loss", loss, on_epoch=True)
        return loss

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.hparams.lr)


rng = np.random.default_rng(4)
X, y = melt_records(3000, rng)
n_train = 2400
X = (X - X[:n_train].mean(0)) / X[:n_train].std(0)
mean, std = y[:n_train].mean(), y[:n_train].std()
X = torch.tensor(X, dtype=torch.float32)
y = torch.tensor((y - mean) / std, dtype=torch.float32)

model = MeltModel(X.shape[1])
loader = DataLoader(TensorDataset(X[:n_train], y[:n_train]), batch_size=32, shuffle=True)
trainer = L.Trainer(max_epochs=25, accelerator="cpu", logger=False, enable_checkpointing=False,
                    enable_progress_bar=False, enable_model_summary=False)
trainer.fit(model, loader)

with torch.no_grad():
    prediction = model(X[n_train:]) * std + mean
actual = y[n_train:] * std + mean
rmse = (prediction - actual).pow(2).mean().sqrt().item()
r2 = 1 - ((prediction - actual) ** 2).sum() / ((actual - actual.mean()) ** 2).sum()
print(f"train loss {trainer.callback_metrics['train_loss'].item():.3f}")
print(f"test rmse {rmse:.2f} mm/day, R2 {r2.item():.3f}")
