import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

MICRO_BATCH = 4
ACCUMULATION_STEPS = 16      # 64 recordings per update
LEARNING_RATE = 0.1
EPOCHS = 15


def strides(n, generator):
    kind = torch.randint(0, 6, (n,), generator=generator)
    t = torch.linspace(0, 2, 64)
    pace = torch.tensor([2.0, 2.6, 3.2])[kind % 3][:, None] + 0.1 * torch.randn(n, 1, generator=generator)
    lag = torch.tensor([0.6, 1.8])[kind // 3][:, None]
    phase = 6.28 * torch.rand(n, 1, generator=generator)
    up = torch.sin(6.28 * pace * t + phase)
    forward = torch.sin(6.28 * pace * t + phase + lag)
    x = 1.4 * torch.stack([up, forward], dim=1) + 0.4 * torch.randn(n, 2, 64, generator=generator)
    return TensorDataset(x, kind)


class StrideNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv1d(2, 16, 7, padding=3), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(16, 32, 5, padding=2), nn.ReLU(), nn.AdaptiveAvgPool1d(4),
        )
        self.classifier = nn.Linear(128, 6)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


def accuracy(net, loader):
    net.eval()
    hits = total = 0
    with torch.no_grad():
        for x, y in loader:
            hits += (net(x).argmax(1) == y).sum().item()
            total += len(y)
    return hits / total


def train_net(net, train_loader, val_loader, lr):
    optimizer = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(EPOCHS):
        net.train()
        running = 0.0
        optimizer.zero_grad()
        for i, (x, y) in enumerate(train_loader):
            loss = criterion(net(x), y)
            running += loss.item()
            loss.backward()
            if (i + 1) % ACCUMULATION_STEPS == 0:
                optimizer.step()
                optimizer.zero_grad()
        print(f"epoch {epoch + 1:2d}: train loss {running / len(train_loader):.3f}, "
              f"val accuracy {accuracy(net, val_loader):.3f}")


if __name__ == "__main__":
    torch.manual_seed(7)
    g = torch.Generator().manual_seed(7)
    train_loader = DataLoader(strides(1536, g), batch_size=MICRO_BATCH, shuffle=True)
    val_loader = DataLoader(strides(500, g), batch_size=250)
    train_net(StrideNet(), train_loader, val_loader, LEARNING_RATE)
