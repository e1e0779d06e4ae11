import logging
import warnings

import lightning.pytorch as pl
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

warnings.filterwarnings("ignore")
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


def slides(n, seed, size=16):
    """Bright round spores of one size on a noisy background, and how many there are."""
    g = torch.Generator().manual_seed(seed)
    yy, xx = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    count = torch.randint(0, 9, (n,), generator=g)
    image = torch.zeros(n, size, size)
    for k in range(8):
        cy, cx = (1 + (size - 3) * torch.rand(2, n, 1, 1, generator=g)).unbind(0)
        spore = torch.exp(-((yy - cy) ** 2 + (xx - cx) ** 2) / 2.5)
        image += spore * (count > k)[:, None, None]
    image = image + 0.15 * torch.randn(n, size, size, generator=g)
    image = (image - 0.12) / 0.34
    return TensorDataset(image.unsqueeze(1), (count.float() - 4.0) / 2.58)


class SporeCounter(pl.LightningModule):
    def __init__(self, accumulate=8, lr=0.02):
        super().__init__()
        self.automatic_optimization = False
        self.accumulate = accumulate
        self.lr = lr
        self.net = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2),
            nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2),
            nn.Flatten(), nn.Linear(256, 32), nn.ReLU(), nn.Linear(32, 1),
        )

    def forward(self, image):
        return self.net(image).squeeze(1)

    def training_step(self, batch, batch_idx):
        image, count = batch
        opt = self.optimizers()
        loss = nn.functional.mse_loss(self(image), count)
        self.manual_backward(loss / self.accumulate)
        if (batch_idx + 1) % self.accumulate == 0:
            opt.step()
            opt.zero_grad()
        self.log("train_loss", loss.detach(), on_epoch=True, on_step=False)

    def validation_step(self, batch, batch_idx):
        image, count = batch
        guess = self(image)
        self.log("val_loss", nn.functional.mse_loss(guess, count))
        self.log("val_miss", 2.58 * (guess - count).abs().mean())

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr, momentum=0.9)


pl.seed_everything(23, verbose=False)
train_loader = DataLoader(slides(2560, 1), batch_size=8, shuffle=True)
val_loader = DataLoader(slides(500, 2), batch_size=500)
trainer = pl.Trainer(max_epochs=12, accelerator="cpu", logger=False, enable_checkpointing=False,
                     num_sanity_val_steps=0, enable_progress_bar=False, enable_model_summary=False)
trainer.fit(SporeCounter(), train_loader, val_loader)
m = trainer.callback_metrics
print(f"train loss {m['train_loss']:.3f} val loss {m['val_loss']:.3f} spores off by {m['val_miss']:.2f}")
