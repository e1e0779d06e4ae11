import logging
import warnings

import lightning as L
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split

warnings.filterwarnings("ignore")
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


def profiles(n=3000, levels=40):
    """Temperature anomaly over height; the plume is the warm layer, in units of the whole column."""
    z = torch.linspace(0, 1, levels)
    height = 0.15 + 0.7 * torch.rand(n, 1)
    strength = 1.0 + torch.rand(n, 1)
    wave = 0.5 * torch.sin(6.28 * (torch.rand(n, 1) + (1 + 2 * torch.rand(n, 1)) * z))
    anomaly = strength * torch.exp(-(((z - height) / 0.07) ** 2)) + wave + 0.15 * torch.randn(n, levels)
    anomaly = (anomaly - anomaly.mean()) / anomaly.std()
    return TensorDataset(anomaly.unsqueeze(1), (height - 0.5) / 0.2)


class PlumeNet(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.automatic_optimization = False
        self.conv = nn.Sequential(
            nn.Conv1d(1, 16, 5, padding=2), nn.LeakyReLU(0.1), nn.AvgPool1d(2),
            nn.Conv1d(16, 32, 5, padding=2), nn.LeakyReLU(0.1), nn.AvgPool1d(2))
        self.fc = nn.Sequential(nn.Flatten(), nn.Linear(320, 64), nn.LeakyReLU(0.1), nn.Linear(64, 1))

    def forward(self, x):
        return self.fc(self.conv(x))

    def training_step(self, batch, batch_idx):
        x, y = batch
        optimizer = self.optimizers()
        optimizer.zero_grad()
        loss = nn.functional.huber_loss(self(x), y)
        self.manual_backward(loss)
        self.clip_gradients(optimizer, gradient_clip_val=1.0, gradient_clip_algorithm="norm")
        self.log("train_loss", loss, on_step=False, on_epoch=True)

    def validation_step(self, batch, batch_idx):
        x, y = batch
        self.log("val_mae", 0.2 * (self(x) - y).abs().mean())

    def on_train_epoch_end(self):
        self.lr_schedulers().step()
        seen = self.trainer.callback_metrics
        print(f"epoch {self.current_epoch:2d} loss {seen['train_loss']:.4f} val mae {seen['val_mae']:.4f}")

    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=2e-3)
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=12)
        return [optimizer], [scheduler]


if __name__ == "__main__":
    L.seed_everything(9, verbose=False)
    train_set, val_set = random_split(profiles(), [2400, 600])
    trainer = L.Trainer(max_epochs=12, accelerator="cpu", logger=False, enable_checkpointing=False,
                        enable_progress_bar=False, enable_model_summary=False)
    trainer.fit(PlumeNet(), DataLoader(train_set, batch_size=32, shuffle=True), DataLoader(val_set, batch_size=300))
