import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

SIZE = 20


def grid(n):
    line = torch.linspace(-1, 1, SIZE)
    y, x = torch.meshgrid(line, line, indexing="ij")
    cx, cy = 0.3 * torch.randn(2, n, 1, 1)
    return x - cx, y - cy


def plain_shapes(n):
    """Filled disc, square or bar, clean."""
    x, y = grid(n)
    label = torch.randint(3, (n,))
    r = 0.35 + 0.2 * torch.rand(n, 1, 1)
    disc = x.square() + y.square() < r * r
    square = torch.maximum(x.abs(), y.abs()) < r
    bar = (x.abs() < r / 3) & (y.abs() < 2 * r)
    img = torch.stack([disc, square, bar], 1)[torch.arange(n), label].float()
    return normalise(img + 0.05 * torch.randn(n, SIZE, SIZE)), label


def stamps(n):
    """Fine line patterns under a round seal, pale and speckled."""
    x, y = grid(n)
    label = torch.randint(6, (n,))
    angle = (label * torch.pi / 6)[:, None, None] + 0.08 * torch.randn(n, 1, 1)
    phase = 6.28 * torch.rand(n, 1, 1)
    lines = torch.sin(14 * (x * angle.cos() + y * angle.sin()) + phase)
    seal = (x.square() + y.square() < 0.5).float()
    ink = 0.5 + 0.5 * torch.rand(n, 1, 1)
    return normalise(ink * seal * lines + 0.5 * torch.randn(n, SIZE, SIZE)), label


def normalise(img):
    return ((img - 0.1) / 0.5).unsqueeze(1)


class StampNet(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        self.backbone = nn.Sequential(
            nn.Conv2d(1, 12, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 24, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        )
        self.head = nn.Linear(24, n_classes)

    def forward(self, x):
        return self.head(self.backbone(x))


def train_epoch(model, loader, optimizer):
    model.train()
    total = 0.0
    for x, y in loader:
        loss = nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader)


@torch.no_grad()
def accuracy(model, x, y):
    model.eval()
    return (model(x).argmax(1) == y).float().mean().item()


torch.manual_seed(14)
shapes = DataLoader(TensorDataset(*plain_shapes(1500)), batch_size=50, shuffle=True)
model = StampNet(3)
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(3):
    print(f"shapes {epoch + 1}: loss {train_epoch(model, shapes, optimizer):.3f}")

# new head for the stamps; first train it alone, then everything
model.head = nn.Linear(24, 6)
for p in model.backbone.parameters():
    p.requires_grad = False
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
train_loader = DataLoader(TensorDataset(*stamps(2400)), batch_size=50, shuffle=True)
x_val, y_val = stamps(500)
for epoch in range(14):
    if epoch == 3:
        print("unfreezing the backbone")
        model.backbone.requires_grad = True
    loss = train_epoch(model, train_loader, optimizer)
    print(f"stamps {epoch + 1}: loss {loss:.3f}, val accuracy {accuracy(model, x_val, y_val):.3f}")
