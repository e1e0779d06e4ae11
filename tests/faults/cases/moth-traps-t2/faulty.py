import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset

BATCH_SIZE = 1024
EPOCHS = 10
LR = 2e-3


class TrapPhotos(Dataset):
    """Bright sheet with up to nine dark moths of different size, and a few blades of grass."""

    def __init__(self, n, size=24):
        ys, xs = torch.meshgrid(torch.arange(size).float(), torch.arange(size).float(), indexing="ij")
        self.count = torch.randint(0, 10, (n,))
        moths = torch.zeros(n, size, size)
        for k in range(9):
            present = (self.count > k).float().view(-1, 1, 1)
            cy, cx = (torch.rand(2, n, 1, 1) * (size - 4) + 2).unbind(0)
            radius = 1.2 + 0.6 * torch.rand(n, 1, 1)
            moths += present * torch.exp(-((ys - cy) ** 2 + (xs - cx) ** 2) / radius ** 2)
        column = torch.randint(0, size, (n, 1, 1))
        grass = ((xs - column).abs() < 1).float() * torch.randint(0, 2, (n, 1, 1))
        photo = -moths.clamp(max=1.2) + 0.5 * grass + 0.15 * torch.randn(n, size, size)
        self.photo = ((photo + 0.12) / 0.36).unsqueeze(1)
        self.target = (self.count.float() - 4.5) / 2.87

    def __len__(self):
        return len(self.count)

    def __getitem__(self, i):
        return self.photo[i], self.target[i]


class CountNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(),
        )
        self.head = nn.Sequential(nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, x):
        return self.head(self.conv(x).mean(dim=(2, 3))).squeeze(1)


def validate(net, loader):
    net.eval()
    error, n = 0.0, 0
    with torch.no_grad():
        for photo, target in loader:
            error += (net(photo) - target).abs().sum().item() * 2.87
            n += len(target)
    return error / n


def main():
    torch.manual_seed(25)
    train = DataLoader(TrapPhotos(2048), batch_size=BATCH_SIZE, shuffle=True)
    val = DataLoader(TrapPhotos(512), batch_size=256)
    net = CountNet()
    optimizer = torch.optim.Adam(net.parameters(), lr=LR)
    criterion = nn.SmoothL1Loss()
    for epoch in range(1, EPOCHS + 1):
        net.train()
        total = 0.0
        for photo, target in train:
            loss = criterion(net(photo), target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        print(f"epoch {epoch:2d}: train loss {total / len(train):.4f}, off by {validate(net, val):.2f} moths on validation")


if __name__ == "__main__":
    main()
