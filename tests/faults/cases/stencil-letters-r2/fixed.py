import numpy as np
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, Dataset

PATTERNS = {
    "A": "01110 10001 11111 10001 10001", "C": "01111 10000 10000 10000 01111",
    "E": "11111 10000 11110 10000 11111", "H": "10001 10001 11111 10001 10001",
    "K": "10010 10100 11000 10100 10010", "L": "10000 10000 10000 10000 11111",
    "T": "11111 00100 00100 00100 00100", "X": "10001 01010 00100 01010 10001",
}


class Normalize:
    def __init__(self, mean, std):
        self.mean, self.std = mean, std

    def __call__(self, image):
        return (image - self.mean) / self.std


class StencilDataset(Dataset):
    """Photos of 16 x 16 pixels with brightness 0 to 255."""

    def __init__(self, n, seed, transform=None):
        rng = np.random.default_rng(seed)
        glyphs = [np.array([[int(c) for c in row] for row in p.split()]) for p in PATTERNS.values()]
        self.labels = rng.integers(0, len(glyphs), n)
        self.images = np.zeros((n, 16, 16), dtype=np.uint8)
        for i, label in enumerate(self.labels):
            top, left = rng.integers(0, 7, 2)
            photo = np.full((16, 16), rng.uniform(60, 110))
            big = np.kron(glyphs[label], np.ones((2, 2)))
            photo[top:top + 10, left:left + 10] += big * rng.uniform(60, 120)
            self.images[i] = np.clip(photo + rng.normal(0, 18, photo.shape), 0, 255)
        self.transform = transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        image = torch.from_numpy(self.images[i]).float().unsqueeze(0)
        if self.transform is not None:
            image = self.transform(image)
        return image, int(self.labels[i])


def evaluate(model, loader, criterion):
    model.eval()
    loss, correct = 0.0, 0
    with torch.no_grad():
        for images, labels in loader:
            outputs = model(images)
            loss += criterion(outputs, labels).item() * len(labels)
            correct += (outputs.argmax(1) == labels).sum().item()
    return loss / len(loader.dataset), correct / len(loader.dataset)


torch.manual_seed(21)
train_set = StencilDataset(2400, seed=1, transform=Normalize(105.0, 45.0))
val_set = StencilDataset(600, seed=2, transform=Normalize(105.0, 45.0))
train_loader = DataLoader(train_set, batch_size=32, shuffle=True)
val_loader = DataLoader(val_set, batch_size=100)

model = nn.Sequential(
    nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(12, 24, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(24 * 16, 48), nn.ReLU(), nn.Linear(48, len(PATTERNS)),
)
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters(), lr=1e-3)

for epoch in range(1, 11):
    model.train()
    running = 0.0
    for images, labels in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
        running += loss.item()
    val_loss, val_acc = evaluate(model, val_loader, criterion)
    print(f"Epoch {epoch}: train loss {running / len(train_loader):.3f} | val loss {val_loss:.3f} | val acc {val_acc:.3f}")
