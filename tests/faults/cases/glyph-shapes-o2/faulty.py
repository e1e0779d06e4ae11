import logging
import warnings

import lightning as L
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

warnings.filterwarnings("ignore")
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


def draw(kind, rng, size=20):
    yy, xx = np.mgrid[:size, :size]
    cy, cx = rng.uniform(7.5, 11.5, 2)
    r = rng.uniform(4.0, 6.0)
    dist = np.hypot(yy - cy, xx - cx)
    box = np.maximum(abs(yy - cy), abs(xx - cx))
    on = [dist < r, abs(dist - r) < 1.2, box < r * 0.85,
          (box < r) & ((abs(yy - cy) < 1.3) | (abs(xx - cx) < 1.3))][kind]
    image = 110 + 45 * on + rng.normal(0, 16, (size, size))
    return image.clip(0, 255).astype("uint8")


def to_tensor(image):
    return torch.from_numpy(image).float().div(255).unsqueeze(0)


def normalize(tensor, mean=0.48, std=0.11):
    return (tensor - mean) / std


class Shapes(Dataset):
    def __init__(self, n, seed, transform):
        rng = np.random.default_rng(seed)
        self.kinds = rng.integers(0, 4, n)
        self.images = [draw(k, rng) for k in self.kinds]
        self.transform = transform

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        return self.transform(self.images[i]), int(self.kinds[i])


class ShapesData(L.LightningDataModule):
    def setup(self, stage):
        self.train_set = Shapes(3000, seed=1, transform=lambda image: normalize(to_tensor(image)))
        self.val_set = Shapes(500, seed=2, transform=to_tensor)

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=50, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=250)


class ShapeNet(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 12, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 24, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        self.head = nn.Linear(24 * 25, 4)
        self.loss = nn.CrossEntropyLoss()

    def forward(self, x):
        return self.head(self.features(x).flatten(1))

    def training_step(self, batch, batch_idx):
        x, y = batch
        return self.loss(self(x), y)

    def validation_step(self, batch, batch_idx):
        x, y = batch
        out = self(x)
        self.log_dict({"val_loss": self.loss(out, y), "val_acc": (out.argmax(1) == y).float().mean()})

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=2e-3)


L.seed_everything(5, verbose=False)
trainer = L.Trainer(max_epochs=6, accelerator="cpu", logger=False, enable_checkpointing=False,
                    enable_progress_bar=False, enable_model_summary=False)
trainer.fit(ShapeNet(), datamodule=ShapesData())
print("val loss {val_loss:.3f} val acc {val_acc:.3f}".format(**trainer.callback_metrics))
