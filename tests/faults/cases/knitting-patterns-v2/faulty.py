import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

PATTERNS = ["rib", "garter", "moss", "cable", "basket"]
SIZE = 16


def swatch(kind, rng):
    r, c = np.mgrid[:SIZE, :SIZE] + rng.integers(0, 8, (2, 1, 1))
    if kind == 0:
        stitches = c // 2 % 2
    elif kind == 1:
        stitches = r // 2 % 2
    elif kind == 2:
        stitches = (r // 2 + c // 2) % 2
    elif kind == 3:
        stitches = (r + c) // 2 % 2
    else:
        stitches = np.where((r // 4 + c // 4) % 2, r % 2, c % 2)
    return (stitches - 0.5) * rng.uniform(0.8, 1.4) + rng.normal(0, 0.7, (SIZE, SIZE))


def swatches(n, seed):
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, len(PATTERNS), n)
    x = np.stack([swatch(k, rng) for k in kinds])
    return TensorDataset(torch.tensor(x / 0.89, dtype=torch.float32).unsqueeze(1), torch.tensor(kinds))


def conv_block(n_in, n_out, pool=False):
    layers = [nn.Conv2d(n_in, n_out, 3, padding=1), nn.BatchNorm2d(n_out), nn.ReLU()]
    return layers + [nn.MaxPool2d(2)] if pool else layers


class PlainNet(nn.Module):
    def __init__(self, widths=(12, 12, 12, 24, 24, 24, 24, 24, 24, 24), pool_after=(2, 5)):
        super().__init__()
        layers, n_in = [], 1
        for i, width in enumerate(widths):
            layers += conv_block(n_in, width, i in pool_after)
            n_in = width
        self.features = nn.Sequential(*layers)
        self.fc = nn.Linear(n_in, len(PATTERNS))

    def forward(self, x):
        return self.fc(self.features(x).mean(dim=(2, 3)))


def test(model, loader):
    model.eval()
    with torch.no_grad():
        return sum((model(x).argmax(1) == y).sum().item() for x, y in loader) / len(loader.dataset)


torch.manual_seed(25)
train_loader = DataLoader(swatches(1500, 1), batch_size=50, shuffle=True)
test_loader = DataLoader(swatches(400, 2), batch_size=200)

model = PlainNet()
# sanity check before the long run
model.eval()
with torch.no_grad():
    assert model(torch.zeros(1, 1, SIZE, SIZE)).shape == (1, len(PATTERNS))
print(sum(p.numel() for p in model.parameters()), "parameters")

criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
for epoch in range(1, 9):
    running = 0.0
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        running += loss.item()
    print(f"epoch {epoch}: loss {running / len(train_loader):.3f}, test accuracy {test(model, test_loader):.3f}")
