import math

import torch
import torch.nn as nn
import torch.optim as optim
from torch.optim.lr_scheduler import ExponentialLR
from torch.utils.data import DataLoader, TensorDataset


def draw_arrows(n, gen, size=20):
    label = torch.randint(8, (n,), generator=gen)
    angle = label * math.pi / 4 + 0.25 * (torch.rand(n, generator=gen) - 0.5)
    center = size / 2 - 0.5 + 4 * torch.rand(n, 2, generator=gen) - 2
    yy, xx = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    dx, dy = xx - center[:, 0].view(-1, 1, 1), yy - center[:, 1].view(-1, 1, 1)
    c, s = angle.cos().view(-1, 1, 1), angle.sin().view(-1, 1, 1)
    along, across = dx * c + dy * s, dy * c - dx * s
    shaft = (along.abs() < 6) & (across.abs() < 0.8)
    tip = (along > 2) & (along < 6) & (across.abs() < (6 - along) * 0.9)
    pictures = (shaft | tip).float() + 0.35 * torch.randn(n, size, size, generator=gen)
    return TensorDataset(((pictures - 0.07) / 0.43).unsqueeze(1), label)


class ArrowNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(nn.Flatten(), nn.Linear(16 * 25, 48), nn.ReLU(), nn.Linear(48, 8))

    def forward(self, x):
        return self.classifier(self.features(x))


def main():
    torch.manual_seed(88)
    gen = torch.Generator().manual_seed(88)
    train_loader = DataLoader(draw_arrows(2000, gen), batch_size=40, shuffle=True)
    val_loader = DataLoader(draw_arrows(500, gen), batch_size=250)
    net = ArrowNet()
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(net.parameters(), lr=0.03, momentum=0.9)
    scheduler = ExponentialLR(optimizer, gamma=0.85)
    for epoch in range(8):
        net.train()
        train_loss = 0.0
        for pictures, label in train_loader:
            optimizer.zero_grad()
            loss = criterion(net(pictures), label)
            loss.backward()
            optimizer.step()
            train_loss += loss.item()
        scheduler.step()
        net.eval()
        correct = 0
        with torch.no_grad():
            for pictures, label in val_loader:
                correct += (net(pictures).argmax(1) == label).sum().item()
        print(f"epoch {epoch + 1}: train loss {train_loss / len(train_loader):.3f}, "
              f"val accuracy {correct / len(val_loader.dataset):.3f}")


if __name__ == "__main__":
    main()
