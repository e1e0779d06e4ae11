import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset


def shifted(images: torch.Tensor) -> torch.Tensor:
    """Put every 8x8 digit at a random place of a 12x12 canvas."""
    canvas = torch.zeros(len(images), 1, 12, 12)
    for i, img in enumerate(images):
        r, c = torch.randint(0, 5, (2,)).tolist()
        canvas[i, 0, r:r + 8, c:c + 8] = img
    return canvas


class ConvNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList([
            nn.Sequential(nn.Conv2d(cin, cout, 3, padding=1, bias=False), nn.BatchNorm2d(cout), nn.ReLU(), nn.MaxPool2d(2))
            for cin, cout in [(1, 16), (16, 32)]
        ])
        self.classify = nn.Linear(32 * 9, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for block in self.blocks:
            x = block(x)
        return self.classify(x.flatten(1))


def accuracy(net: nn.Module, loader: DataLoader) -> float:
    net.eval()
    good = 0
    with torch.no_grad():
        for x, y in loader:
            good += int((net(x).argmax(1) == y).sum())
    return good / len(loader.dataset)


def train(net: nn.Module, loader: DataLoader, val_loader: DataLoader, epochs: int) -> None:
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(net.parameters(), lr=0.01, momentum=0.5)
    scheduler = optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="max", factor=0.1, patience=1)
    for epoch in range(1, epochs + 1):
        net.train()
        running = 0.0
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(net(x), y)
            loss.backward()
            optimizer.step()
            running += loss.item() * len(y)
        val_acc = accuracy(net, val_loader)
        scheduler.step(val_acc)
        print(f"epoch {epoch:2d} | loss {running / len(loader.dataset):.4f} | val accuracy {val_acc:.3f}")


if __name__ == "__main__":
    torch.manual_seed(13)
    data = load_digits()
    x = shifted(torch.tensor(data.images / 16.0, dtype=torch.float32))
    y = torch.tensor(data.target)
    train_idx, val_idx = train_test_split(range(len(y)), test_size=0.25, random_state=13, stratify=data.target)
    train_loader = DataLoader(TensorDataset(x[train_idx], y[train_idx]), batch_size=32, shuffle=True)
    val_loader = DataLoader(TensorDataset(x[val_idx], y[val_idx]), batch_size=256)
    train(ConvNet(), train_loader, val_loader, epochs=18)
