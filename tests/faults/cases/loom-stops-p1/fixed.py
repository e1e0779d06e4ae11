import logging

import lightning as L
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)

STEPS, SENSORS, EVENTS = 40, 2, 4
BATCH = 25


def recordings(n, rng):
    t = np.arange(STEPS)
    kind = rng.integers(EVENTS, size=n)
    x = rng.normal(0, 0.6, (n, STEPS, SENSORS))
    for i, k in enumerate(kind):
        start, phase = rng.integers(5, 20), rng.uniform(0, 6.28)
        wave = np.sin([0.5, 1.1, 0.5, 1.1][k] * t + phase) * (t > start)
        x[i, :, 0] += 1.5 * wave
        x[i, :, 1] += 1.5 * wave * (1 if k < 2 else -1)
    return torch.tensor(x, dtype=torch.float32), torch.tensor(kind)


class LoomLSTM(L.LightningModule):
    def __init__(self, hidden=32, lr=5e-3):
        super().__init__()
        self.hidden_size, self.lr = hidden, lr
        self.lstm = nn.LSTM(SENSORS, hidden, batch_first=True)
        self.head = nn.Linear(hidden, EVENTS)
        self.criterion = nn.CrossEntropyLoss()
        self.hidden = self.init_hidden()

    def init_hidden(self):
        return (torch.zeros(1, BATCH, self.hidden_size), torch.zeros(1, BATCH, self.hidden_size))

    def forward(self, x):
        self.hidden = self.init_hidden()
        out, self.hidden = self.lstm(x, self.hidden)
        return self.head(out[:, -1])

    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = self.criterion(self(x), y)
        self.log("train_loss", loss, on_epoch=True, on_step=False)
        return loss

    def validation_step(self, batch, batch_idx):
        x, y = batch
        logits = self(x)
        self.log("val_loss", self.criterion(logits, y), prog_bar=True)
        self.log("val_acc", (logits.argmax(1) == y).float().mean(), prog_bar=True)

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.lr)


if __name__ == "__main__":
    L.seed_everything(6)
    rng = np.random.default_rng(6)
    train_loader = DataLoader(TensorDataset(*recordings(1500, rng)), batch_size=BATCH, shuffle=True)
    val_loader = DataLoader(TensorDataset(*recordings(500, rng)), batch_size=BATCH)
    trainer = L.Trainer(max_epochs=12, accelerator="cpu", gradient_clip_val=1.0, logger=False,
                        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False)
    trainer.fit(LoomLSTM(), train_loader, val_loader)
    metrics = trainer.callback_metrics
    print("train loss %.3f  val loss %.3f  val accuracy %.3f" % (
        metrics["train_loss"], metrics["val_loss"], metrics["val_acc"]))
