import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(88)
SIZE = 20


def shells(n, seed):
    """0 spiral, 1 fan with ribs, 2 cone with bands, 3 smooth round."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, n)
    yy, xx = np.mgrid[:SIZE, :SIZE]
    photos = np.empty((n, SIZE, SIZE), dtype=np.float32)
    for i, kind in enumerate(labels):
        cy, cx = rng.uniform(8, 11, 2)
        dy, dx = yy - cy, xx - cx
        turn = rng.uniform(-np.pi, np.pi)
        r, a = np.hypot(dy, dx), np.arctan2(dy, dx) + turn
        pattern = [np.sin(1.3 * r + a), np.sin(7 * a), np.sin(1.5 * (dy * np.cos(turn) + dx * np.sin(turn))), 0 * r][kind]
        photos[i] = rng.uniform(0.6, 1.0) * (r < rng.uniform(6, 9)) * (1 + 0.7 * pattern) + rng.normal(0, 0.25, r.shape)
    photos = (photos - photos.mean()) / photos.std()
    return TensorDataset(torch.from_numpy(photos).unsqueeze(1), torch.from_numpy(labels))


def conv_bn(n_in, n_out, stride=1):
    return nn.Sequential(nn.Conv2d(n_in, n_out, 3, stride=stride, padding=1, bias=False), nn.BatchNorm2d(n_out), nn.ReLU())


def test(model, loader):
    model.eval()
    hits, count = 0, 0
    with torch.no_grad():
        for x, y in loader:
            hits += (model(x).argmax(1) == y).sum().item()
            count += len(y)
    return hits / count


train_loader = DataLoader(shells(1200, 0), batch_size=32, shuffle=True, drop_last=True)
test_loader = DataLoader(shells(400, 1), batch_size=200)
model = nn.Sequential(
    conv_bn(1, 12), conv_bn(12, 12),
    conv_bn(12, 24, stride=2), conv_bn(24, 24), conv_bn(24, 24),
    conv_bn(24, 32, stride=2), conv_bn(32, 32), conv_bn(32, 32),
    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 4),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.005, momentum=0.9, weight_decay=1e-4)

print(f"untrained: accuracy {test(model, test_loader):.3f}")
for epoch in range(1, 9):
    total, seen = 0.0, 0
    model.train()
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        seen += len(y)
    print(f"epoch {epoch}: training loss {total / seen:.4f}, accuracy {test(model, test_loader):.3f}")
