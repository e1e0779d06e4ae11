import math

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, random_split

SIDE, CLASSES = 10, 4


def grow_patches(n):
    """Oriented ripples under a lot of grain; the orientation tells the species."""
    labels = torch.randint(CLASSES, (n,))
    grid = torch.arange(SIDE, dtype=torch.float32)
    yy, xx = torch.meshgrid(grid, grid, indexing="ij")
    angle = labels * math.pi / CLASSES + 0.1 * torch.randn(n)
    phase = 2 * math.pi * torch.rand(n)
    along = xx * torch.cos(angle)[:, None, None] + yy * torch.sin(angle)[:, None, None]
    images = torch.sin(1.6 * along + phase[:, None, None]) + NOISE * torch.randn(n, SIDE, SIDE)
    return images.unsqueeze(1), labels


class Patches(Dataset):
    def __init__(self, images, labels, augment):
        self.images = (images - images.mean()) / images.std()
        self.labels = labels
        self.augment = augment

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        image = self.images[i]
        if self.augment:
            image = image + 0.1 * torch.randn_like(image)
        return image, self.labels[i]


def evaluate(net, loader):
    net.eval()
    loss, hits = 0.0, 0
    with torch.no_grad():
        for x, y in loader:
            out = net(x)
            loss += criterion(out, y).item() * len(y)
            hits += (out.argmax(1) == y).sum().item()
    return loss / len(loader.dataset), hits / len(loader.dataset)


NOISE = 1.4
torch.manual_seed(8)
images, labels = grow_patches(700)
# the two parts need different views, so each gets a dataset of its own
train_set, _ = random_split(Patches(images, labels, augment=True), [0.8, 0.2], torch.Generator().manual_seed(8))
_, val_set = random_split(Patches(images, labels, augment=False), [0.8, 0.2], torch.Generator().manual_seed(8))
train_loader = DataLoader(train_set, batch_size=32, shuffle=True)
val_loader = DataLoader(val_set, batch_size=140)

net = nn.Sequential(
    nn.Conv2d(1, 16, 3), nn.ReLU(),
    nn.Conv2d(16, 16, 3), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Dropout(0.3), nn.Linear(16 * 9, CLASSES),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-2)

for epoch in range(1, 26):
    net.train()
    loss_sum = 0.0
    for x, y in train_loader:
        loss = criterion(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss_sum += loss.item()
    if epoch % 5 == 0:
        val_loss, accuracy = evaluate(net, val_loader)
        print(f"epoch {epoch}  loss {loss_sum / len(train_loader):.3f}  val loss {val_loss:.3f}  val accuracy {accuracy:.3f}")
