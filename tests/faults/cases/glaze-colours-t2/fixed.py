import logging
import warnings

import lightning as L
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

warnings.filterwarnings("ignore")
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


def firings(n, rng):
    """Nine standardised oxide shares and kiln settings; L*, a* and b* of the fired glaze."""
    x = rng.normal(size=(n, 9))
    lightness = 1.2 * np.tanh(x[:, 0] - x[:, 1]) - 0.5 * x[:, 2] ** 2
    red = x[:, 2] * x[:, 6] + 0.7 * np.sin(2 * x[:, 3])
    yellow = np.where(x[:, 7] > 0, x[:, 4], -x[:, 5]) + 0.3 * x[:, 8]
    colour = np.stack([lightness, red, yellow], axis=1) + 0.1 * rng.normal(size=(n, 3))
    return x.astype(np.float32), colour.astype(np.float32)


class GlazeData(L.LightningDataModule):
    def __init__(self, batch_size=32):
        super().__init__()
        self.batch_size = batch_size
        rng = np.random.default_rng(20)
        x, y = firings(3000, rng)
        y = (y - y[:2400].mean(0)) / y[:2400].std(0)
        data = TensorDataset(torch.from_numpy(x), torch.from_numpy(y))
        self.train_set = torch.utils.data.Subset(data, range(2400))
        self.val_set = torch.utils.data.Subset(data, range(2400, 3000))

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=self.batch_size, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=300)


class GlazeRegressor(L.LightningModule):
    def __init__(self, lr=2e-3):
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(nn.Linear(9, 96), nn.GELU(), nn.Linear(96, 64), nn.GELU(), nn.Linear(64, 3))

    def forward(self, x):
        return self.net(x)

    def training_step(self, batch, batch_idx):
        x, y = batch
        return nn.functional.mse_loss(self(x), y)

    def validation_step(self, batch, batch_idx):
        x, y = batch
        self.log("val_mse", nn.functional.mse_loss(self(x), y), on_epoch=True, batch_size=len(x))

    def on_validation_epoch_end(self):
        if not self.trainer.sanity_checking and (self.current_epoch + 1) % 4 == 0:
            print(f"epoch {self.current_epoch + 1}: val mse {self.trainer.callback_metrics['val_mse']:.4f}")

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=self.hparams.lr, weight_decay=0.01)


if __name__ == "__main__":
    L.seed_everything(20, verbose=False)
    trainer = L.Trainer(
        max_epochs=20, accelerator="cpu", logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False,
    )
    trainer.fit(GlazeRegressor(), GlazeData())
    print(f"final validation mse {trainer.callback_metrics['val_mse']:.4f}")
