import resource

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

CLASSES = ["field", "forest", "water", "town"]


def make_tiles(n, seed):
    g = torch.Generator().manual_seed(seed)
    y = torch.randint(len(CLASSES), (n,), generator=g)
    noise = torch.randn(n, 3, 32, 32, generator=g)
    smooth = nn.functional.avg_pool2d(noise, 5, 1, 2) * 3
    grid = ((torch.arange(32) // 4) % 2).float()
    stripes = grid.view(1, 1, 1, 32).expand(n, 3, 32, 32) - 0.5
    blocks = (grid.view(-1, 1) - 0.5) * (grid - 0.5) * 4
    kinds = torch.stack([smooth + stripes, smooth + 0.3 * noise, smooth, smooth + blocks])
    x = kinds[y, torch.arange(n)] + 0.4 * torch.randn(n, 3, 32, 32, generator=g)
    return TensorDataset((x - x.mean()) / x.std(), y)


def conv_block(n_in, n_out):
    return nn.Sequential(nn.Conv2d(n_in, n_out, 3, padding=1), nn.BatchNorm2d(n_out), nn.ReLU(), nn.MaxPool2d(2))


class TileNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(conv_block(3, 24), conv_block(24, 32), conv_block(32, 48))
        self.head = nn.Linear(48, len(CLASSES))

    def forward(self, x):
        return self.head(self.features(x).mean(dim=(2, 3)))


@torch.no_grad()
def evaluate(accelerator, model, loader):
    model.eval()
    hits = total = 0
    for x, y in loader:
        logits = model(x)
        pred, y = accelerator.gather_for_metrics((logits.argmax(dim=-1), y))
        hits += (pred == y).sum().item()
        total += len(y)
    return hits / total


def main():
    set_seed(5)
    accelerator = Accelerator(cpu=True)
    train_loader = DataLoader(make_tiles(2000, 0), batch_size=50, shuffle=True)
    val_loader = DataLoader(make_tiles(2000, 1), batch_size=1000)
    model = TileNet()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    model, optimizer, train_loader, val_loader = accelerator.prepare(model, optimizer, train_loader, val_loader)
    loss_fn = nn.CrossEntropyLoss()

    for epoch in range(1, 4):
        model.train()
        running = 0.0
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            accelerator.backward(loss)
            optimizer.step()
            running += loss.item()
        acc = evaluate(accelerator, model, val_loader)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        accelerator.print(f"epoch {epoch} loss {running / len(train_loader):.3f} "
                          f"val acc {acc:.3f} peak memory {peak:.1f} GB")


if __name__ == "__main__":
    main()
