import lightning as L
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

ACTIVITIES = ["sitting", "strolling", "walking", "stairs", "running"]
STEPS = 50


def recordings(n, rng):
    """Wrist accelerometer: n windows of 50 readings with 3 axes, standardised already."""
    kind = rng.integers(0, len(ACTIVITIES), n)
    t = np.arange(STEPS)[None, :, None] / 25
    cadence = np.array([0.0, 0.9, 1.7, 2.6, 3.8])[kind] * rng.uniform(0.93, 1.07, n)
    phase = rng.uniform(0, 2 * np.pi, (n, 1, 1)) + np.array([0, 0.8, 1.6])[None, None]
    swing = np.sin(2 * np.pi * cadence[:, None, None] * t + phase)
    x = 1.3 * swing + 0.35 * rng.normal(size=(n, STEPS, 3))
    return TensorDataset(torch.tensor(x, dtype=torch.float32), torch.tensor(kind))


class ActivityRecognizer(L.LightningModule):
    def __init__(self, hidden=48, lr=4e-3):
        super().__init__()
        self.lr = lr
        self.gru = nn.GRU(input_size=3, hidden_size=hidden, batch_first=True)
        self.head = nn.Linear(hidden, len(ACTIVITIES))

    def forward(self, x):
        out, _ = self.gru(x)
        return self.head(out[:, -1])

    def training_step(self, batch, _):
        x, y = batch
        loss = F.cross_entropy(self(x), y)
        self.log("train_loss", loss, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch, _):
        x, y = batch
        logits = self(x)
        self.log("val_loss", F.cross_entropy(logits, y))
        self.log("val_acc", (logits.argmax(1) == y).float().mean())

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.lr)


def main():
    L.seed_everything(11, verbose=False)
    rng = np.random.default_rng(11)
    train = DataLoader(recordings(1600, rng), batch_size=50, shuffle=True)
    val = DataLoader(recordings(400, rng), batch_size=100)
    model = ActivityRecognizer()
    trainer = L.Trainer(
        max_epochs=12, accelerator="cpu", gradient_clip_val=1.0, logger=False,
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
    )
    trainer.fit(model, train, val)
    m = trainer.callback_metrics
    print(f"train loss {m['train_loss']:.3f}  val loss {m['val_loss']:.3f}  val accuracy {m['val_acc']:.3f}")


if __name__ == "__main__":
    main()
