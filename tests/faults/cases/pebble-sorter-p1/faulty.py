import logging

import lightning as L
import numpy as np
import torch
import torch.nn.functional as F
from lightning.pytorch.callbacks import EarlyStopping
from torch import nn
from torch.utils.data import DataLoader, Subset, TensorDataset

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


class PebbleDataModule(L.LightningDataModule):
    def __init__(self, batch_size=32, val_share=0.4):
        super().__init__()
        self.batch_size, self.val_share = batch_size, val_share

    def setup(self, stage=None):
        rng = np.random.default_rng(12)
        centres = rng.normal(0, 1, (5, 2, 12))        # two quarries a rock
        rock, quarry = rng.integers(5, size=3000), rng.integers(2, size=3000)
        x = centres[rock, quarry] + rng.normal(0, 0.95, (3000, 12))
        order = rng.permutation(len(x))
        n_val = int(len(x) * self.val_share)
        val_idx, train_idx = order[:n_val], order[n_val:]
        x = (x - x[train_idx].mean(0)) / x[train_idx].std(0)
        full = TensorDataset(torch.tensor(x, dtype=torch.float32), torch.tensor(rock))
        self.train_set, self.val_set = Subset(full, train_idx), Subset(full, val_idx)

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=self.batch_size, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.train_set, batch_size=self.batch_size)


class PebbleNet(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(12, 64), nn.ReLU(), nn.Linear(64, 5))

    def training_step(self, batch, _):
        x, y = batch
        loss = F.cross_entropy(self.layers(x), y)
        self.log("train_loss", loss, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch, _):
        x, y = batch
        out = self.layers(x)
        self.log_dict({"val_loss": F.cross_entropy(out, y), "val_acc": (out.argmax(1) == y).float().mean()})

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=3e-3, weight_decay=0.01)


def main():
    L.seed_everything(12)
    model, data = PebbleNet(), PebbleDataModule()
    trainer = L.Trainer(
        max_epochs=40,
        accelerator="cpu",
        callbacks=[EarlyStopping("val_loss", patience=3)],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(model, datamodule=data)
    scores = trainer.validate(model, datamodule=data, verbose=False)[0]
    print(f"stopped after epoch {trainer.current_epoch}")
    print(f"validation loss {scores['val_loss']:.3f} accuracy {scores['val_acc']:.3f}")


if __name__ == "__main__":
    main()
