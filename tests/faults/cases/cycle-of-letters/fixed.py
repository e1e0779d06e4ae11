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


def dots(n, seed, letters=12):
    shapes = np.random.default_rng(99).integers(0, 2, (letters, 7, 7))
    rng = np.random.default_rng(seed)
    label = rng.integers(0, letters, n)
    image = np.stack([np.roll(shapes[k], rng.integers(-1, 2, 2), (0, 1)) for k in label])
    return TensorDataset(torch.tensor((image - 0.5) * 2 + rng.normal(0, 0.7, image.shape), dtype=torch.float32), torch.tensor(label))


class Letters(L.LightningModule):
    def __init__(self, max_lr, n_batches):
        super().__init__()
        self.max_lr, self.n_batches = max_lr, n_batches
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(49, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 12))
        self.seen = []

    def training_step(self, batch, batch_idx):
        image, label = batch
        return F.cross_entropy(self.net(image), label)

    def validation_step(self, batch, batch_idx):
        image, label = batch
        out = self.net(image)
        self.seen.append((F.cross_entropy(out, label).item(), (out.argmax(1) == label).float().mean().item()))

    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=0.01, momentum=0.9)
        scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, self.max_lr, total_steps=self.n_batches, div_factor=100)
        return [optimizer], [{"scheduler": scheduler, "interval": "step"}]


L.seed_everything(3, verbose=False)
epochs, train = 8, DataLoader(dots(4000, 0), batch_size=50, shuffle=True)
val = DataLoader(dots(500, 1), batch_size=500)
model = Letters(max_lr=0.1, n_batches=epochs * len(train))
trainer = L.Trainer(max_epochs=epochs, accelerator="cpu", logger=False, enable_checkpointing=False,
                    enable_progress_bar=False, enable_model_summary=False, num_sanity_val_steps=0)
trainer.fit(model, train, val)
for epoch, (loss, acc) in enumerate(model.seen, start=1):
    print(f"epoch {epoch}  val loss {loss:.4f}  val acc {acc:.3f}")
