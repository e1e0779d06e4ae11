import logging
import warnings

import lightning as L
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

warnings.filterwarnings("ignore")
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


def posters(n, size=16):
    """Bars and blocks of flat colour, and the same with specks of noise."""
    clean = torch.zeros(n, 1, size, size)
    for i in range(n):
        for _ in range(4):
            top, left = torch.randint(0, size - 4, (2,)).tolist()
            height, width = torch.randint(3, 9, (2,)).tolist()
            clean[i, 0, top:top + height, left:left + width] = torch.rand(1).item() * 2 - 1
    return (clean + 0.4 * torch.randn_like(clean)) / 0.6, clean / 0.45


class Denoiser(L.LightningModule):
    def __init__(self, channels=12, lr=2e-3):
        super().__init__()
        self.lr = lr
        self.net = nn.Sequential(
            nn.Conv2d(1, channels, 3, padding=1), nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU(),
            nn.Conv2d(channels, 1, 3, padding=1),
        )
        self.seen = []

    def training_step(self, batch, batch_idx):
        noisy, clean = batch
        return nn.functional.mse_loss(self.net(noisy), clean)

    def validation_step(self, batch, batch_idx):
        noisy, clean = batch
        self.seen.append(nn.functional.mse_loss(self.net(noisy), clean).item())

    def on_validation_epoch_end(self):
        print(f"epoch {self.current_epoch + 1}: val mse {sum(self.seen) / len(self.seen):.4f}")
        self.seen.clear()

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.lr)


L.seed_everything(19, verbose=False)
train_loader = DataLoader(TensorDataset(*posters(1200)), batch_size=48, shuffle=True)
val_loader = DataLoader(TensorDataset(*posters(300)), batch_size=100)

trainer = L.Trainer(
    max_epochs=3,
    accelerator="cpu",
    num_sanity_val_steps=0,
    logger=False,
    enable_checkpointing=False,
    enable_progress_bar=False,
    enable_model_summary=False,
)
trainer.fit(Denoiser(), train_loader, val_loader)
