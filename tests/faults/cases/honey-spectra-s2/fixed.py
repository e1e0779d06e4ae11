import logging
import warnings

import lightning as L
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
warnings.filterwarnings("ignore")
HONEYS = ["acacia", "heather", "chestnut", "linden", "rape"]


class HoneyData(L.LightningDataModule):
    def __init__(self, batch_size=32, bins=64):
        super().__init__()
        self.batch_size, self.bins = batch_size, bins

    def setup(self, stage=None):
        rng = np.random.default_rng(4)
        centres = np.array([[12, 30, 47], [14, 30, 50], [12, 34, 50], [14, 34, 47], [13, 32, 44]])
        kind = rng.integers(0, len(HONEYS), 2000)
        bins = np.arange(self.bins)
        spectrum = 0.3 * rng.normal(size=(2000, 1)) + 0.3 * rng.normal(size=(2000, 1)) * (bins / 32 - 1)
        for peak in range(3):
            place = centres[kind, peak][:, None] + rng.normal(0, 0.7, (2000, 1))
            height = rng.uniform(0.7, 1.3, (2000, 1))
            spectrum = spectrum + height * np.exp(-0.5 * ((bins - place) / 1.8) ** 2)
        spectrum = spectrum + rng.normal(0, 0.2, spectrum.shape)
        mean, std = spectrum[:1600].mean(), spectrum[:1600].std()
        x = torch.tensor((spectrum - mean) / std, dtype=torch.float32).unsqueeze(1)
        y = torch.tensor(kind)
        self.train_set, self.val_set = TensorDataset(x[:1600], y[:1600]), TensorDataset(x[1600:], y[1600:])

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=self.batch_size, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=200)


class HoneyNet(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv1d(1, 12, 7, padding=3), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(12, 16, 5, padding=2), nn.ReLU(), nn.MaxPool1d(2),
            nn.Flatten(),
            nn.Linear(16 * 16, 48), nn.ReLU(),
            nn.Linear(48, 48), nn.ReLU(), nn.Dropout(0.2),
            nn.Linear(48, len(HONEYS)),
        )
        self.seen = []

    def training_step(self, batch, batch_idx):
        x, y = batch
        return F.cross_entropy(self.net(x), y)

    def validation_step(self, batch, batch_idx):
        x, y = batch
        logits = self.net(x)
        self.seen.append((F.cross_entropy(logits, y).item(), (logits.argmax(1) == y).float().mean().item()))

    def on_validation_epoch_end(self):
        loss, accuracy = np.mean(self.seen, axis=0)
        self.seen.clear()
        print(f"epoch {self.current_epoch:2d}  val loss {loss:.4f}  val accuracy {accuracy:.4f}")

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=2e-3, weight_decay=1e-4)


if __name__ == "__main__":
    L.seed_everything(4, verbose=False)
    trainer = L.Trainer(max_epochs=12, accelerator="cpu", logger=False, enable_checkpointing=False,
                        enable_progress_bar=False, enable_model_summary=False, num_sanity_val_steps=0)
    trainer.fit(HoneyNet(), datamodule=HoneyData())
