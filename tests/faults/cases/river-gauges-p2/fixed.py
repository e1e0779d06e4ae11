import lightning as L
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

GAUGES, HOURS = 4, 12


def rivers(n, seed):
    """Twelve hours at four gauges upstream; the level down the river follows with a delay."""
    g = torch.Generator().manual_seed(seed)
    rain = torch.randn(n, GAUGES, HOURS, generator=g)
    level = rain.cumsum(dim=2) / HOURS ** 0.5
    late = level[:, 0, -3] + level[:, 1, -5].relu() * 1.5 + 0.7 * level[:, 2, -2] * level[:, 3, -4]
    late = late + 0.1 * torch.randn(n, generator=g)
    return TensorDataset(level / 0.74, ((late - 0.5) / 1.3).unsqueeze(1))


class GaugeModel(L.LightningModule):
    def __init__(self, hidden=64, accumulate=8):
        super().__init__()
        self.automatic_optimization = False
        self.accumulate = accumulate
        self.net = nn.Sequential(
            nn.Flatten(),
            nn.Linear(GAUGES * HOURS, hidden), nn.ReLU(),
            nn.Linear(hidden, hidden), nn.ReLU(),
            nn.Linear(hidden, 1),
        )
        self.criterion = nn.MSELoss()

    def training_step(self, batch, batch_idx):
        x, y = batch
        opt = self.optimizers()
        loss = self.criterion(self.net(x), y)
        self.manual_backward(loss / self.accumulate)
        if (batch_idx + 1) % self.accumulate == 0:
            opt.step()
            opt.zero_grad()
        self.log("train_mse", loss, on_step=False, on_epoch=True)

    def validation_step(self, batch, batch_idx):
        x, y = batch
        self.log("val_mse", self.criterion(self.net(x), y))

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.05, momentum=0.9)


L.seed_everything(13)
train_loader = DataLoader(rivers(6400, 0), batch_size=8, shuffle=True)
val_loader = DataLoader(rivers(1000, 1), batch_size=500)
trainer = L.Trainer(
    max_epochs=10,
    accelerator="cpu",
    logger=False,
    enable_checkpointing=False,
    enable_progress_bar=False,
    enable_model_summary=False,
)
trainer.fit(GaugeModel(), train_loader, val_loader)
print(", ".join(f"{name} {value:.3f}" for name, value in sorted(trainer.callback_metrics.items())))
