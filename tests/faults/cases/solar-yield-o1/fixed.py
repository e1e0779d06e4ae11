import math

import lightning as L
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class SolarPark(L.LightningDataModule):
    """Yield of a solar park from the sun's height, clouds, temperature, dust, the month and the panels' age."""

    def __init__(self, n_train=3000, n_val=600, batch_size=64):
        super().__init__()
        self.sizes, self.batch_size = (n_train, n_val), batch_size

    def simulate(self, n, generator):
        u = torch.rand(n, 6, generator=generator)
        height, cloud, warmth, dust, month, age = u.unbind(1)
        power = torch.sin(height * math.pi / 2) * (1 - 0.75 * cloud**2) * (1 - 0.25 * warmth * height)
        power = power * (1 - 0.3 * dust) * (1 - 0.15 * age) + 0.1 * torch.cos(2 * math.pi * month) * height
        return (u - 0.5) / 0.29, power[:, None] + 0.01 * torch.randn(n, 1, generator=generator)

    def setup(self, stage=None):
        generator = torch.Generator().manual_seed(23)
        (x, y), (x_val, y_val) = (self.simulate(n, generator) for n in self.sizes)
        self.train = TensorDataset(x, (y - y.mean()) / y.std())
        self.val = TensorDataset(x_val, (y_val - y.mean()) / y.std())

    def train_dataloader(self):
        return DataLoader(self.train, batch_size=self.batch_size, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val, batch_size=200)


class YieldModel(L.LightningModule):
    def __init__(self, width=64, lr=2e-3):
        super().__init__()
        self.lr = lr
        self.net = nn.Sequential(
            nn.Linear(6, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 1)
        )
        self.loss = nn.MSELoss()

    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = self.loss(self.net(x), y)
        self.log("train_mse", loss, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch, batch_idx):
        x, y = batch
        self.log("val_mse", self.loss(self.net(x), y))

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.lr)


def run():
    L.seed_everything(23, verbose=False)
    trainer = L.Trainer(
        max_epochs=15,
        accelerator="cpu",
        precision="32-true",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(YieldModel(), datamodule=SolarPark())
    result = trainer.callback_metrics
    print(f"mse of the standardised yield: train {result['train_mse']:.4f}, validation {result['val_mse']:.4f}")


if __name__ == "__main__":
    run()
