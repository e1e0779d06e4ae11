import resource

import lightning as L
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

STEPS = 80


def pumps(n, seed):
    g = torch.Generator().manual_seed(seed)
    wear = torch.rand(n, 1, generator=g)
    t = torch.arange(STEPS).float()
    phase = 6.28 * torch.rand(n, 1, generator=g)
    signal = torch.sin((0.3 + 0.25 * wear) * t + phase) * (0.6 + wear)
    signal = signal + 0.3 * torch.randn(n, STEPS, generator=g)
    return TensorDataset((signal / 0.85).unsqueeze(-1), (wear - 0.5) / 0.29)


class WearModel(L.LightningModule):
    def __init__(self, hidden=24, lr=4e-3):
        super().__init__()
        self.save_hyperparameters()
        self.cell = nn.GRUCell(1, hidden)
        self.readout = nn.Sequential(nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        self.loss_fn = nn.MSELoss()
        self.loss_history = []

    def forward(self, x):
        h = x.new_zeros(len(x), self.hparams.hidden)
        for step in range(x.shape[1]):
            h = self.cell(x[:, step], h)
        return self.readout(h)

    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = self.loss_fn(self(x), y)
        self.loss_history.append(loss.detach())
        return loss

    def on_train_epoch_end(self):
        recent = torch.stack(self.loss_history[-self.trainer.num_training_batches:]).mean()
        print(f"epoch {self.current_epoch}: train loss {recent.item():.4f}")

    def validation_step(self, batch, batch_idx):
        x, y = batch
        pred = self(x)
        self.log("val_mse", self.loss_fn(pred, y), prog_bar=True)

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.hparams.lr)


def rss():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main():
    L.seed_everything(8)
    train_loader = DataLoader(pumps(3200, 0), batch_size=32, shuffle=True)
    val_loader = DataLoader(pumps(400, 1), batch_size=200)
    model = WearModel()
    trainer = L.Trainer(
        max_epochs=4,
        accelerator="cpu",
        gradient_clip_val=1.0,
        num_sanity_val_steps=2,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    before = rss()
    trainer.fit(model, train_loader, val_loader)
    print(f"val mse {trainer.callback_metrics['val_mse'].item():.4f}, memory grew by {rss() - before:.1f} GB")


if __name__ == "__main__":
    main()
