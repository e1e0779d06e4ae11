from dataclasses import dataclass

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset


@dataclass
class Config:
    size: int = 20
    n_train: int = 1200
    n_val: int = 400
    batch_size: int = 32
    lr: float = 1e-3
    epochs: int = 8
    seed: int = 12


cfg = Config()
torch.manual_seed(cfg.seed)


def to_tensor(img):
    return torch.from_numpy(img).permute(2, 0, 1).float()


class Normalize:
    def __init__(self, mean, std):
        self.mean = torch.tensor(mean).view(3, 1, 1)
        self.std = torch.tensor(std).view(3, 1, 1)

    def __call__(self, x):
        return (x - self.mean) / self.std


class Compose(list):
    def __call__(self, x):
        for step in self:
            x = step(x)
        return x


class ClothPhotos(Dataset):
    """0 stripes, 1 upright stripes, 2 twill, 3 checks; random colour, light and phase."""

    def __init__(self, n, seed, transform):
        rng = np.random.default_rng(seed)
        self.labels = rng.integers(0, 4, n)
        r, c = np.mgrid[:cfg.size, :cfg.size]
        self.images = []
        for kind in self.labels:
            p, period = rng.uniform(0, 6.28), rng.uniform(3.5, 5)
            wave = [np.sin(6.28 * r / period + p), np.sin(6.28 * c / period + p), np.sin(4.4 * (r + c) / period + p),
                    np.sin(6.28 * r / period + p) * np.sin(6.28 * c / period + p)][kind]
            img = rng.uniform(90, 150, 3) + 35 * wave[..., None] + rng.normal(0, 35, (cfg.size, cfg.size, 3))
            self.images.append(img.clip(0, 255).astype("uint8"))
        self.transform = transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return self.transform(self.images[i]), int(self.labels[i])


normalize = Normalize([120.0, 120.0, 120.0], [46.0, 46.0, 46.0])
train_tf = Compose([to_tensor, normalize])
val_tf = Compose([to_tensor, normalize])
train_loader = DataLoader(ClothPhotos(cfg.n_train, 1, train_tf), batch_size=cfg.batch_size, shuffle=True)
val_loader = DataLoader(ClothPhotos(cfg.n_val, 2, val_tf), batch_size=100)

model = nn.Sequential(
    nn.Conv2d(3, 12, 3, padding=1), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(12, 24, 3, padding=1), nn.BatchNorm2d(24), nn.ReLU(), nn.AdaptiveAvgPool2d(2),
    nn.Flatten(), nn.Linear(96, 4),
)
optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr)
loss_fn = nn.CrossEntropyLoss()
for epoch in range(cfg.epochs):
    model.train()
    train_loss = 0.0
    for images, labels in train_loader:
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        optimizer.step()
        train_loss += loss.item() / len(train_loader)
    model.eval()
    hits = 0
    with torch.no_grad():
        for images, labels in val_loader:
            hits += (model(images).argmax(1) == labels).sum().item()
    print(f"epoch {epoch + 1} train loss {train_loss:.3f} val accuracy {hits / cfg.n_val:.3f}")
