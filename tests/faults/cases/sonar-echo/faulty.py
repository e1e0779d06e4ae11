import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


def echoes(n, gen, bands=60):
    metal = torch.randint(0, 2, (n,), generator=gen)
    band = torch.arange(bands).float()
    peak = 22 + 6 * torch.rand(n, 1, generator=gen)
    second = peak + torch.where(metal[:, None] == 1, 14.0, 19.0) + torch.randn(n, 1, generator=gen)
    echo = torch.exp(-((band - peak) / 5) ** 2) + 0.7 * torch.exp(-((band - second) / 4) ** 2)
    echo = echo + 0.15 * torch.randn(n, bands, generator=gen)
    return (echo - 0.23) / 0.38, metal


class SonarNet(nn.Module):
    def __init__(self, bands=60, width=64):
        super().__init__()
        self.fc1 = nn.Linear(bands, width)
        self.fc2 = nn.Linear(width, width)
        self.fc3 = nn.Linear(width, 2)
        self.norm1 = nn.GroupNorm(num_groups=width, num_channels=width)
        self.norm2 = nn.GroupNorm(num_groups=width, num_channels=width)

    def forward(self, x):
        x = F.gelu(self.norm1(self.fc1(x)))
        x = F.gelu(self.norm2(self.fc2(x)))
        return self.fc3(x)


def accuracy(net, loader):
    net.eval()
    hits = n = 0
    with torch.no_grad():
        for x, y in loader:
            hits += int((net(x).argmax(dim=1) == y).sum())
            n += len(y)
    return hits / n


if __name__ == "__main__":
    torch.manual_seed(2)
    gen = torch.Generator().manual_seed(2)
    train_loader = DataLoader(TensorDataset(*echoes(2000, gen)), batch_size=32, shuffle=True)
    test_loader = DataLoader(TensorDataset(*echoes(600, gen)), batch_size=200)
    net = SonarNet()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.03, momentum=0.9, weight_decay=1e-4)
    for epoch in range(1, 11):
        net.train()
        total = 0.0
        for x, y in train_loader:
            loss = F.cross_entropy(net(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        print(f"epoch {epoch}: loss {total / len(train_loader):.4f} test accuracy {accuracy(net, test_loader):.3f}")
