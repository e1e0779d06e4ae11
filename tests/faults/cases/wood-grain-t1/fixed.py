import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset

SIZE = 20
MEAN, STD = 0.45, 0.17


def photograph(n, seed):
    """8-bit grey pictures of boards whose grain runs at 0, 45, 90 or 135 degrees"""
    rng = np.random.default_rng(seed)
    yy, xx = np.mgrid[:SIZE, :SIZE]
    labels = rng.integers(0, 4, n)
    angle = (labels * np.pi / 4 + rng.normal(0, 0.1, n))[:, None, None]
    freq = rng.uniform(0.8, 1.6, n)[:, None, None]
    phase = rng.uniform(0, 2 * np.pi, n)[:, None, None]
    grain = np.sin(freq * (xx * np.cos(angle) + yy * np.sin(angle)) + phase)
    level = rng.normal(115, 25, n)[:, None, None]
    img = level + 20 * grain + rng.normal(0, 34, (n, SIZE, SIZE))
    return img.clip(0, 255).astype(np.uint8), labels


class BoardDataset(Dataset):
    def __init__(self, images, labels, train=True):
        self.images = images
        self.labels = labels
        self.train = train

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        img = self.images[i].astype(np.float32) / 255.0
        if self.train:
            img = np.roll(img, np.random.randint(0, SIZE, 2), axis=(0, 1))
            if np.random.rand() < 0.5:
                img = np.rot90(img, 2).copy()
        img = (img - MEAN) / STD
        return torch.from_numpy(img)[None], int(self.labels[i])


def build_model():
    return nn.Sequential(
        nn.Conv2d(1, 12, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(12, 24, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(24 * 25, 32), nn.ReLU(), nn.Linear(32, 4),
    )


if __name__ == "__main__":
    np.random.seed(6)
    torch.manual_seed(6)
    train_set = BoardDataset(*photograph(2000, seed=0))
    val_set = BoardDataset(*photograph(500, seed=1), train=False)
    train_dl = DataLoader(train_set, batch_size=50, shuffle=True)
    val_dl = DataLoader(val_set, batch_size=100)

    model = build_model()
    criterion = nn.CrossEntropyLoss()
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)

    for epoch in range(8):
        model.train()
        train_loss = train_hits = 0
        for xb, yb in train_dl:
            logits = model(xb)
            loss = criterion(logits, yb)
            opt.zero_grad()
            loss.backward()
            opt.step()
            train_loss += loss.item() * len(xb)
            train_hits += (logits.argmax(1) == yb).sum().item()
        model.eval()
        val_loss = val_hits = 0
        with torch.no_grad():
            for xb, yb in val_dl:
                logits = model(xb)
                val_loss += criterion(logits, yb).item() * len(xb)
                val_hits += (logits.argmax(1) == yb).sum().item()
        print(f"[{epoch + 1}/8] train loss {train_loss / len(train_set):.3f} acc {train_hits / len(train_set):.3f} "
              f"| val loss {val_loss / len(val_set):.3f} acc {val_hits / len(val_set):.3f}")
