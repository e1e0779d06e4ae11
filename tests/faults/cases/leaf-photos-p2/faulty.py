import lightning as L
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset

SIZE = 24


def draw_leaf(kind, rng):
    yy, xx = np.mgrid[:SIZE, :SIZE] - SIZE / 2 + 0.5
    cy, cx = rng.uniform(-2, 2, 2)
    angle = rng.uniform(0, 2 * np.pi)
    dy, dx = yy - cy, xx - cx
    u, v = dx * np.cos(angle) + dy * np.sin(angle), -dx * np.sin(angle) + dy * np.cos(angle)
    phi, r = np.arctan2(v, u), np.hypot(u, v)
    outline = [6.5, 8 / np.sqrt(1 + 4 * np.sin(phi) ** 2), 6 + 2.5 * np.cos(3 * phi), 6 + 2 * np.cos(6 * phi)][kind]
    leaf = (r < outline * rng.uniform(0.9, 1.15))[..., None]
    ground, green = np.array([188, 176, 165]), np.array([150, 172, 138])
    photo = np.where(leaf, green + rng.normal(0, 6, 3), ground) + rng.normal(0, 7, (SIZE, SIZE, 3))
    return photo.clip(0, 255).astype(np.uint8)


def to_tensor(photo):
    return torch.from_numpy(photo).permute(2, 0, 1).float() / 255


class Normalize:
    def __init__(self, mean, std):
        self.mean, self.std = torch.tensor(mean).view(3, 1, 1), torch.tensor(std).view(3, 1, 1)

    def __call__(self, x):
        return (x - self.mean) / self.std


def random_flip(x):
    return x.flip(-1) if torch.rand(1) < 0.5 else x


class Leaves(Dataset):
    def __init__(self, n, seed, transform):
        rng = np.random.default_rng(seed)
        self.labels = rng.integers(0, 4, n)
        self.photos = [draw_leaf(k, rng) for k in self.labels]
        self.transform = transform

    def __len__(self):
        return len(self.photos)

    def __getitem__(self, i):
        x = self.photos[i]
        for t in self.transform:
            x = t(x)
        return x, int(self.labels[i])


class LeafData(L.LightningDataModule):
    def setup(self, stage=None):
        normalize = Normalize([0.682, 0.686, 0.606], [0.079, 0.032, 0.060])
        self.train_set = Leaves(2000, 0, [to_tensor, normalize, random_flip])
        self.val_set = Leaves(500, 1, [to_tensor])

    def train_dataloader(self):
        return DataLoader(self.train_set, batch_size=32, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_set, batch_size=100)


class LeafNet(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(),
            nn.Linear(128, 4),
        )

    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = F.cross_entropy(self.net(x), y)
        self.log("train_loss", loss, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch, batch_idx):
        x, y = batch
        out = self.net(x)
        self.log_dict({"val_loss": F.cross_entropy(out, y), "val_acc": (out.argmax(1) == y).float().mean()})

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=2e-3)


L.seed_everything(0)
trainer = L.Trainer(max_epochs=6, accelerator="cpu", logger=False, enable_checkpointing=False,
                    enable_progress_bar=False, enable_model_summary=False)
trainer.fit(LeafNet(), datamodule=LeafData())
print({k: round(v.item(), 3) for k, v in trainer.callback_metrics.items()})
