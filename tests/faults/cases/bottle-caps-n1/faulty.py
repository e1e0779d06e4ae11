import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset


def photograph(brand, rng):
    size = 24
    yy, xx = np.mgrid[0:size, 0:size] - (size - 1) / 2
    r = np.hypot(yy + rng.normal(0, 0.8), xx + rng.normal(0, 0.8))
    angle = np.arctan2(yy, xx) + rng.uniform(0, 2 * np.pi)
    base = np.array([[200, 60, 50], [190, 140, 60], [120, 50, 40]])[brand % 3]
    motif = np.cos(3 * angle) > 0 if brand < 3 else (r // 3) % 2 == 0
    img = np.full((size, size, 3), 110.0)
    cap = r < 10
    img[cap] = base
    img[cap & motif & (r < 8)] = 225
    img = img * rng.uniform(0.85, 1.1) + rng.normal(0, 35, img.shape)
    return np.clip(img, 0, 255).astype(np.uint8)


class CapPhotos(Dataset):
    def __init__(self, images, labels, transform=None):
        self.images = images
        self.labels = labels
        self.transform = transform

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        img = torch.from_numpy(self.images[i]).permute(2, 0, 1).float()
        if self.transform is not None:
            img = self.transform(img)
        return img, int(self.labels[i])


class Normalize:
    def __init__(self, mean, std):
        self.mean = torch.tensor(mean).view(3, 1, 1)
        self.std = torch.tensor(std).view(3, 1, 1)

    def __call__(self, img):
        return (img / 255 - self.mean) / self.std


class CapNet(nn.Module):
    def __init__(self, n_brands=6):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(nn.Flatten(), nn.Dropout(0.3), nn.Linear(32 * 6 * 6, n_brands))

    def forward(self, x):
        return self.classifier(self.features(x))


torch.manual_seed(21)
rng = np.random.default_rng(21)
labels = rng.integers(0, 6, 1500)
images = np.stack([photograph(b, rng) for b in labels])

normalize = Normalize([0.45, 0.45, 0.45], [0.25, 0.25, 0.25])
train_set = CapPhotos(images[:1200], labels[:1200], transform=normalize)
val_set = CapPhotos(images[1200:], labels[1200:])
train_loader = DataLoader(train_set, batch_size=32, shuffle=True)
val_loader = DataLoader(val_set, batch_size=100)

model = CapNet()
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

for epoch in range(8):
    model.train()
    train_loss = 0.0
    for img, label in train_loader:
        optimizer.zero_grad()
        loss = loss_fn(model(img), label)
        loss.backward()
        optimizer.step()
        train_loss += loss.item() * len(img)
    model.eval()
    val_loss, correct = 0.0, 0
    with torch.no_grad():
        for img, label in val_loader:
            out = model(img)
            val_loss += loss_fn(out, label).item() * len(img)
            correct += (out.argmax(1) == label).sum().item()
    print(f"epoch {epoch + 1}: train {train_loss / len(train_set):.3f}, val {val_loss / len(val_set):.3f}, "
          f"val acc {correct / len(val_set):.3f}")
