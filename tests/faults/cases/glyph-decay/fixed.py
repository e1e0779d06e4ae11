import numpy as np
import torch
import torch.nn as nn
from torch.optim.lr_scheduler import ExponentialLR


class ResidualBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(width, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Linear(width, width))

    def forward(self, x):
        return torch.relu(x + self.inner(x))


class GlyphNet(nn.Module):
    def __init__(self, n_pixels, n_classes, width=64, depth=2):
        super().__init__()
        self.stem = nn.Linear(n_pixels, width)
        self.blocks = nn.Sequential(*[ResidualBlock(width) for _ in range(depth)])
        self.head = nn.Linear(width, n_classes)

    def forward(self, x):
        return self.head(self.blocks(torch.relu(self.stem(x))))


def glyph_data(n, n_classes=20, side=7, seed=0):
    rng = np.random.default_rng(100)
    prototypes = rng.integers(0, 2, (n_classes, side, side)).astype(float)
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, n_classes, n)
    images = prototypes[labels]
    shift = rng.integers(-1, 2, (n, 2))
    images = np.stack([np.roll(im, tuple(s), (0, 1)) for im, s in zip(images, shift)])
    images = images + rng.normal(0, 0.35, images.shape)
    return torch.tensor((images - 0.5) / 0.6, dtype=torch.float32).flatten(1), torch.tensor(labels)


def train_one_epoch(model, x, y, optimizer, scheduler, criterion, batch_size=40):
    model.train()
    total, batches = 0.0, torch.randperm(len(x)).split(batch_size)
    for index in batches:
        optimizer.zero_grad()
        loss = criterion(model(x[index]), y[index])
        loss.backward()
        optimizer.step()
        total += loss.item()
    scheduler.step()
    return total / len(batches)


@torch.no_grad()
def accuracy(model, x, y):
    model.eval()
    return (model(x).argmax(1) == y).float().mean().item()


torch.manual_seed(8)
x_train, y_train = glyph_data(6000, seed=1)
x_test, y_test = glyph_data(1000, seed=2)
model = GlyphNet(x_train.shape[1], 20)
optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
scheduler = ExponentialLR(optimizer, gamma=0.9)
criterion = nn.CrossEntropyLoss()
for epoch in range(1, 11):
    loss = train_one_epoch(model, x_train, y_train, optimizer, scheduler, criterion)
    print(f"epoch {epoch:2d} loss {loss:.4f} test acc {accuracy(model, x_test, y_test):.4f}")
