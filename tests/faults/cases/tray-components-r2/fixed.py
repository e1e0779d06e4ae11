import resource
from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class Config:
    size: int = 24
    n_train: int = 1500
    n_val: int = 2000
    batch: int = 50
    epochs: int = 8
    lr: float = 2e-3


def trays(n, size, seed):
    """Three parts: a resistor (bar), a capacitor (disc), a chip (square with pins)."""
    gen = torch.Generator().manual_seed(seed)
    grid = torch.arange(size, dtype=torch.float32)
    yy, xx = torch.meshgrid(grid, grid, indexing="ij")
    part = torch.randint(3, (n,), generator=gen)
    cx, cy = 7 + (size - 14) * torch.rand(2, n, 1, 1, generator=gen)
    dx, dy = (xx - cx).abs(), (yy - cy).abs()
    bar = (dx < 6) & (dy < 2)
    disc = dx**2 + dy**2 < 12
    chip = (dx < 3) & (dy < 3) | ((dx < 5) & (dy < 3) & (yy % 2 == 0))
    shape = torch.where(part.view(n, 1, 1) == 0, bar, torch.where(part.view(n, 1, 1) == 1, disc, chip))
    image = shape.float() + 0.3 * torch.randn(n, size, size, generator=gen)
    return (image.unsqueeze(1) - 0.06) / 0.38, part


class PartNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.AdaptiveMaxPool2d(3))
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(288, 3))

    def forward(self, x):
        return self.head(self.body(x))


@torch.no_grad()
def validate(model, x_val, y_val):
    model.eval()
    logits = model(x_val)
    loss = nn.functional.cross_entropy(logits, y_val).item()
    accuracy = (logits.argmax(1) == y_val).float().mean().item()
    return loss, accuracy


def main(cfg):
    torch.manual_seed(8)
    loader = DataLoader(TensorDataset(*trays(cfg.n_train, cfg.size, 1)), batch_size=cfg.batch, shuffle=True)
    x_val, y_val = trays(cfg.n_val, cfg.size, 2)
    model = PartNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr)
    for epoch in range(1, cfg.epochs + 1):
        model.train()
        total = 0.0
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item()
        val_loss, val_acc = validate(model, x_val, y_val)
        print(f"epoch {epoch}: train {total / len(loader):.4f}, val {val_loss:.4f}, accuracy {val_acc:.4f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"val accuracy {val_acc:.3f}, peak memory {peak:.0f} MB")


if __name__ == "__main__":
    main(Config())
