import math

import lightning as L
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

SIZE = 16


def photos(n, generator):
    """Crosses (to be found) and blobs (to be ignored) on a noisy ground; the target is a heatmap of cross centres."""
    images = 0.6 * torch.randn(n, 1, SIZE, SIZE, generator=generator)
    heat = torch.zeros(n, 1, SIZE, SIZE)
    for i in range(n):
        for kind in range(2):
            r, c = torch.randint(2, SIZE - 2, (2,), generator=generator).tolist()
            if kind == 0:
                images[i, 0, r, c - 2:c + 3] += 2
                images[i, 0, r - 2:r + 3, c] += 2
                heat[i, 0, r, c] = 1
            else:
                images[i, 0, r - 1:r + 2, c - 1:c + 2] += 2
    return TensorDataset(images, heat)


class CenterNet(L.LightningModule):
    def __init__(self, width=24, prior=0.01):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, width, 3, padding=1), nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1), nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1), nn.ReLU(),
        )
        self.head = nn.Conv2d(width, 1, 1)
        # centres are rare: start from the prior, as in the focal loss paper
        nn.init.constant_(self.head.bias, -math.log((1 - prior) / prior))

    def forward(self, x):
        return self.head(self.body(x))

    def training_step(self, batch, batch_idx):
        image, heat = batch
        loss = F.binary_cross_entropy_with_logits(self(image), heat)
        self.log("train_loss", loss, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch, batch_idx):
        image, heat = batch
        logits = self(image)
        hit = logits.flatten(1).argmax(1) == heat.flatten(1).argmax(1)
        self.log_dict({"val_loss": F.binary_cross_entropy_with_logits(logits, heat), "found": hit.float().mean()})

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=2e-3)


if __name__ == "__main__":
    L.seed_everything(9, verbose=False)
    g = torch.Generator().manual_seed(9)
    train_dl = DataLoader(photos(1000, g), batch_size=32, shuffle=True)
    val_dl = DataLoader(photos(300, g), batch_size=100)
    trainer = L.Trainer(max_epochs=10, accelerator="cpu", logger=False, enable_checkpointing=False,
                        enable_progress_bar=False, enable_model_summary=False)
    trainer.fit(CenterNet(), train_dl, val_dl)
    metrics = {name: round(value.item(), 5) for name, value in trainer.callback_metrics.items()}
    print(f"train {metrics['train_loss']} val {metrics['val_loss']} centres found {metrics['found']}")
