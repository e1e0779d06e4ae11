import logging
import warnings

import lightning as L
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

warnings.filterwarnings("ignore")
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


def record(n, seed, steps=40):
    """Edge angle, pressure and heel lift over two turns: carve, skid, plough or jump turn."""
    g = torch.Generator().manual_seed(seed)
    kind = torch.randint(4, (n,), generator=g)
    t = torch.linspace(0, 2, steps)[None, :]
    phase = torch.rand(n, 1, generator=g)
    pace = 0.9 + 0.2 * torch.rand(n, 1, generator=g)
    w = 2 * torch.pi * (pace * t + phase)
    edge = torch.tensor([1.0, 0.6, 0.5, 0.8])[kind][:, None] * torch.sin(w)
    edge = torch.where((kind == 2)[:, None], 0.5 * edge.abs(), edge)
    pressure = torch.where((kind == 0)[:, None], torch.sin(2 * w), 0.7 * torch.sin(2 * w + 1.2))
    lift = torch.where((kind == 3)[:, None], (torch.sin(w) > 0.8).float(), torch.zeros_like(w))
    x = torch.stack([edge, pressure, lift], dim=2) + 0.4 * torch.randn(n, steps, 3, generator=g)
    return TensorDataset(x / 0.65, kind)


class TurnClassifier(L.LightningModule):
    def __init__(self, hidden=40, lr=2e-3):
        super().__init__()
        self.lr = lr
        self.gru = nn.GRU(3, hidden, batch_first=True)
        self.dropout = nn.Dropout(0.2)
        self.fc = nn.Linear(hidden, 4)

    def forward(self, x):
        _, h = self.gru(x)
        return self.fc(self.dropout(h[-1]))

    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = F.cross_entropy(self(x), y)
        self.log("train_loss", loss, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch, batch_idx):
        x, y = batch
        logits = self(x)
        self.log("val_loss", F.cross_entropy(logits, y))
        self.log("val_acc", (logits.argmax(1) == y).float().mean())

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.lr, weight_decay=1e-5)


class Printer(L.Callback):
    def on_train_epoch_end(self, trainer, module):
        m = trainer.callback_metrics
        print(f"epoch {trainer.current_epoch + 1:2d} train loss {m['train_loss']:.3f} "
              f"val loss {m['val_loss']:.3f} val acc {m['val_acc']:.3f}")


if __name__ == "__main__":
    L.seed_everything(9, verbose=False)
    train_loader = DataLoader(record(1500, 0), batch_size=50, shuffle=True)
    val_loader = DataLoader(record(400, 1), batch_size=200)
    trainer = L.Trainer(
        max_epochs=12,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        callbacks=[Printer()],
    )
    trainer.fit(TurnClassifier(), train_loader, val_loader)
