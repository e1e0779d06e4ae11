import math

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

SHAPES = ["spaghetti", "penne", "farfalle", "anelli", "conchiglie", "fusilli", "lasagne", "orzo", "stelline"]
SIZE = 20


def draw(kind, g):
    """One grey picture of a piece of pasta on a board, anywhere and at any angle."""
    ys, xs = torch.meshgrid(torch.linspace(-1, 1, SIZE), torch.linspace(-1, 1, SIZE), indexing="ij")
    dx, dy = (torch.rand(2, generator=g) - 0.5) * 0.4
    a = torch.rand(1, generator=g) * math.pi
    u = (xs - dx) * torch.cos(a) + (ys - dy) * torch.sin(a)
    v = -(xs - dx) * torch.sin(a) + (ys - dy) * torch.cos(a)
    r = (u**2 + v**2).sqrt()
    if kind == 0:
        img = (v.abs() < 0.10) & (u.abs() < 0.8)
    elif kind == 1:
        img = (v.abs() < 0.26) & (u.abs() < 0.6)
    elif kind == 2:
        img = (v.abs() < u.abs() * 0.8 + 0.05) & (u.abs() < 0.6)
    elif kind == 3:
        img = (r < 0.6) & (r > 0.36)
    elif kind == 4:
        img = (r < 0.65) & (v > -0.05)
    elif kind == 5:
        img = ((v - 0.28 * torch.sin(7 * u)).abs() < 0.13) & (u.abs() < 0.75)
    elif kind == 6:
        img = (v.abs() < 0.45) & (u.abs() < 0.65)
    elif kind == 7:
        img = (u / 0.4) ** 2 + (v / 0.18) ** 2 < 1
    else:
        img = r < 0.42 + 0.3 * torch.cos(5 * torch.atan2(v, u))
    return img.float() + 0.35 * torch.randn(SIZE, SIZE, generator=g)


class PastaDataset(Dataset):
    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.y = torch.randint(0, len(SHAPES), (n,), generator=g)
        self.x = torch.stack([draw(int(k), g) for k in self.y]).unsqueeze(1)
        self.x = (self.x - 0.2) / 0.6

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


class PastaNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 12, 3, padding=1)
        self.conv2 = nn.Conv2d(12, 24, 3, padding=1)
        self.drop = nn.Dropout(0.5)
        self.fc1 = nn.Linear(24 * 5 * 5, 64)
        self.fc2 = nn.Linear(64, len(SHAPES))

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = self.drop(x.flatten(1))
        x = self.drop(F.relu(self.fc1(x)))
        return F.softmax(self.fc2(x), dim=1)


def train(model, loader, optimizer):
    model.train()
    total = 0
    for images, labels in loader:
        loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader)


def test(model, loader):
    correct = 0
    with torch.no_grad():
        for images, labels in loader:
            correct += (model(images).argmax(1) == labels).sum().item()
    return correct / len(loader.dataset)


torch.manual_seed(0)
train_loader = DataLoader(PastaDataset(2400, 1), batch_size=40, shuffle=True)
test_loader = DataLoader(PastaDataset(600, 2), batch_size=100)
net = PastaNet()
sgd = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
for epoch in range(16):
    loss = train(net, train_loader, sgd)
    print(f"Epoch {epoch + 1}: loss {loss:.4f}, test accuracy {100 * test(net, test_loader):.1f}%")
