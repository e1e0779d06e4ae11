import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

MICRO, ACCUM = 2, 16


def flowers(n, seed):
    g = torch.Generator().manual_seed(seed)
    kind = torch.randint(5, (n,), generator=g)
    petals = kind + 3
    axis = torch.linspace(-1, 1, 16)
    yy, xx = torch.meshgrid(axis, axis, indexing="ij")
    cx, cy = (torch.rand(2, n, 1, 1, generator=g) - 0.5) * 0.3
    r = torch.sqrt((xx - cx) ** 2 + (yy - cy) ** 2)
    phi = torch.atan2(yy - cy, xx - cx)
    turn = torch.rand(n, 1, 1, generator=g) * 6.28
    shape = torch.sigmoid(12 * (0.55 + 0.3 * torch.cos(petals[:, None, None] * phi + turn) - r))
    light = 0.6 + 0.8 * torch.rand(n, 1, 1, generator=g)
    img = light * shape + 0.1 * torch.randn(n, 16, 16, generator=g)
    return TensorDataset((img[:, None] - 0.4) / 0.45, kind)


class FlowerNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.norm1 = nn.GroupNorm(4, 16)
        self.norm2 = nn.GroupNorm(4, 32)
        self.norm3 = nn.GroupNorm(4, 64)
        self.fc1 = nn.Linear(32 * 16, 64)
        self.fc2 = nn.Linear(64, 5)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm1(self.conv1(x))), 2)
        x = F.max_pool2d(F.relu(self.norm2(self.conv2(x))), 2)
        x = F.relu(self.norm3(self.fc1(x.flatten(1))))
        return self.fc2(x)


def evaluate(model, loader):
    model.eval()
    with torch.no_grad():
        return sum((model(x).argmax(1) == y).sum().item() for x, y in loader) / len(loader.dataset)


torch.manual_seed(17)
train_loader = DataLoader(flowers(800, 0), batch_size=MICRO, shuffle=True)
test_loader = DataLoader(flowers(300, 1), batch_size=100)
model = FlowerNet()
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
for epoch in range(6):
    model.train()
    total = 0.0
    optimizer.zero_grad()
    for i, (x, y) in enumerate(train_loader):
        loss = F.cross_entropy(model(x), y)
        (loss / ACCUM).backward()
        total += loss.item()
        if (i + 1) % ACCUM == 0:
            optimizer.step()
            optimizer.zero_grad()
    print(f"epoch {epoch + 1}/6 loss {total / len(train_loader):.3f} test acc {evaluate(model, test_loader):.3f}")
