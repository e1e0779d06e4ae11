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

MICS, SAMPLES, CONDITIONS = 16, 64, 5


def record(n, rng, hum, noise):
    """A weak tone whose pitch tells the condition, beside three loud broadband machines."""
    condition = rng.integers(0, CONDITIONS, n)
    t = np.arange(SAMPLES)
    pitch = 5 + 4 * condition + rng.normal(0, 0.5, n)
    tone = np.sin(2 * np.pi * pitch[:, None] * t / SAMPLES + rng.uniform(0, 2 * np.pi, (n, 1)))
    machines = rng.normal(0, 3.0, (n, 3, SAMPLES))
    sound = hum[:, None] * tone[:, None, :] + np.einsum("mk,nks->nms", noise, machines)
    sound = sound + rng.normal(0, 0.3, sound.shape)
    return sound.astype("float32"), condition


class GearboxNet(L.LightningModule):
    def __init__(self, beams=4):
        super().__init__()
        self.beamformer = nn.Conv1d(MICS, beams, kernel_size=1, bias=False)
        self.norm = nn.BatchNorm1d(beams * (SAMPLES // 2 + 1))
        self.classifier = nn.Sequential(nn.Linear(beams * (SAMPLES // 2 + 1), 32), nn.ReLU(), nn.Linear(32, CONDITIONS))

    def spectrum(self, signal):
        magnitude = torch.fft.rfft(signal, dim=-1).abs()
        return magnitude

    def forward(self, x):
        beams = self.beamformer(x)
        features = torch.log1p(self.spectrum(beams)).flatten(1)
        return self.classifier(self.norm(features))

    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = F.cross_entropy(self(x), y)
        self.log("loss", loss, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch, batch_idx):
        x, y = batch
        logits = self(x)
        self.log("val_loss", F.cross_entropy(logits, y))
        self.log("val_acc", (logits.argmax(1) == y).float().mean())

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=3e-3, weight_decay=1e-2)


L.seed_everything(1, verbose=False)
rng = np.random.default_rng(1)
hum, noise = rng.normal(size=MICS), rng.normal(size=(MICS, 3))
x_train, y_train = record(4000, rng, hum, noise)
x_val, y_val = record(800, rng, hum, noise)
scale = x_train.std()
train = TensorDataset(torch.tensor(x_train / scale), torch.tensor(y_train))
val = TensorDataset(torch.tensor(x_val / scale), torch.tensor(y_val))

trainer = L.Trainer(max_epochs=12, accelerator="cpu", logger=False, enable_checkpointing=False,
                    enable_progress_bar=False, enable_model_summary=False)
trainer.fit(GearboxNet(), DataLoader(train, batch_size=64, shuffle=True), DataLoader(val, batch_size=400))
metrics = {name: round(value.item(), 3) for name, value in trainer.callback_metrics.items()}
print(metrics)
