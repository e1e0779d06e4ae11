import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset


class Compose:
    def __init__(self, steps):
        self.steps = steps

    def __call__(self, img):
        for step in self.steps:
            img = step(img)
        return img


class ToTensor:
    def __call__(self, img):
        return torch.from_numpy(img).float().div(255).unsqueeze(0)


class Normalize:
    def __init__(self, mean, std):
        self.mean, self.std = mean, std

    def __call__(self, img):
        return (img - self.mean) / self.std


class Flip:
    def __call__(self, img):
        return img.flip(-1) if torch.rand(1).item() < 0.5 else img


class LichenDataset(Dataset):
    """Grey photographs, 24x24, of four kinds: fine or coarse spots, many or few."""

    def __init__(self, n, seed, transform):
        rng = np.random.default_rng(seed)
        self.labels = rng.integers(0, 4, n)
        self.images = np.stack([self.photograph(k, rng) for k in self.labels])
        self.transform = transform

    @staticmethod
    def photograph(kind, rng):
        img = rng.normal(165, 12, (24, 24))
        size = (2, 4)[kind % 2]
        for _ in range((5, 14)[kind // 2] if size == 2 else (2, 5)[kind // 2]):
            r, c = rng.integers(0, 24 - size, 2)
            img[r:r + size, c:c + size] -= rng.uniform(50, 80)
        return img.clip(0, 255).astype(np.uint8)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return self.transform(self.images[i]), int(self.labels[i])


MEAN, STD = 0.61, 0.11
train_transform = Compose([ToTensor(), Flip(), Normalize(MEAN, STD)])
val_transform = Compose([ToTensor(), Normalize(MEAN, STD)])

torch.manual_seed(0)
train_loader = DataLoader(LichenDataset(2400, 0, train_transform), batch_size=48, shuffle=True)
val_loader = DataLoader(LichenDataset(600, 1, val_transform), batch_size=100)

model = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(),
    nn.Conv2d(16, 24, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(24, 32, 3, padding=1), nn.ReLU(),
    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 4),
)
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
criterion = nn.CrossEntropyLoss()

for epoch in range(8):
    model.train()
    hits, losses = 0, []
    for images, labels in train_loader:
        logits = model(images)
        loss = criterion(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        hits += (logits.argmax(1) == labels).sum().item()
    model.eval()
    val_hits, val_losses = 0, []
    with torch.no_grad():
        for images, labels in val_loader:
            logits = model(images)
            val_losses.append(criterion(logits, labels).item())
            val_hits += (logits.argmax(1) == labels).sum().item()
    print(f"epoch {epoch + 1}: train loss {np.mean(losses):.3f} acc {hits / 2400:.3f} | "
          f"val loss {np.mean(val_losses):.3f} acc {val_hits / 600:.3f}")
