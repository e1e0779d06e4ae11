import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


def aerial(n, gen, size=16):
    """0: bare ground, 1: flat roof, 2: ridged roof, 3: round tank; all on uneven ground."""
    y, x = torch.meshgrid(torch.arange(size).float(), torch.arange(size).float(), indexing="ij")
    kind = torch.randint(0, 4, (n,), generator=gen)
    image = 0.3 * torch.randn(n, size, size, generator=gen)
    for i in range(n):
        cy, cx = (4 + 8 * torch.rand(2, generator=gen)).tolist()
        dy, dx = y - cy, x - cx
        inside = (dy.abs() < 4) & (dx.abs() < 4)
        if kind[i] == 1:
            image[i] += 1.2 * inside
        elif kind[i] == 2:
            image[i] += 1.6 * inside * (1 - dx.abs() / 4)
        elif kind[i] == 3:
            image[i] += 1.2 * ((dy ** 2 + dx ** 2) < 14)
    return ((image - 0.15) / 0.55).unsqueeze(1), kind


class ContextNet(nn.Module):
    def __init__(self, width=16, n_classes=4):
        super().__init__()
        self.local = nn.Sequential(
            nn.Conv2d(1, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(width, 2 * width, 3, padding=1), nn.ReLU(),
        )
        self.context = nn.Sequential(
            nn.AdaptiveMaxPool2d(1),
            nn.Conv2d(2 * width, 2 * width, 1),
            nn.GroupNorm(4, 2 * width),
            nn.ReLU(),
        )
        self.classify = nn.Conv2d(2 * width, n_classes, 1)

    def forward(self, x):
        return self.classify(self.context(self.local(x))).flatten(1)


torch.manual_seed(38)
gen = torch.Generator().manual_seed(38)
train_loader = DataLoader(TensorDataset(*aerial(1500, gen)), batch_size=2, shuffle=True)
x_val, y_val = aerial(500, gen)
net = ContextNet()
optimizer = torch.optim.SGD(net.parameters(), lr=0.005, momentum=0.9)

for epoch in range(1, 7):
    net.train()
    total = 0.0
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item()
    net.eval()
    with torch.no_grad():
        out = net(x_val)
    acc = (out.argmax(1) == y_val).float().mean().item()
    print(f"epoch {epoch}: train {total / len(train_loader):.3f} val {F.cross_entropy(out, y_val).item():.3f} acc {acc:.3f}")
