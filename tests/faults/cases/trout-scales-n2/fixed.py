import torch
from torch import nn, optim
from torch.utils.data import DataLoader, Dataset


class ScaleDataset(Dataset):
    """Pictures of fish scales: one ring per year, the later ones closer, off centre and worn."""

    def __init__(self, n, seed, size=28):
        g = torch.Generator().manual_seed(seed)
        line = torch.linspace(-1, 1, size)
        yy, xx = torch.meshgrid(line, line, indexing="ij")
        self.age = torch.randint(1, 7, (n,), generator=g).float()
        self.images = torch.zeros(n, 1, size, size)
        for i in range(n):
            cx, cy = 0.2 * torch.randn(2, generator=g)
            r = ((xx - cx) ** 2 + (1.1 * (yy - cy)) ** 2).sqrt()
            image = torch.zeros(size, size)
            at = 0.0
            for year in range(int(self.age[i])):
                at += 0.22 * 0.93 ** year * (1 + 0.06 * torch.randn(1, generator=g).item())
                image += torch.exp(-(((r - at) / 0.05) ** 2))
            self.images[i, 0] = image + 0.25 * torch.randn(size, size, generator=g)
        self.images = (self.images - 0.25) / 0.45

    def __len__(self):
        return len(self.age)

    def __getitem__(self, i):
        return self.images[i], self.age[i]


class AgeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(),
            nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1),
        )
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, x):
        return self.head(self.conv(x)).squeeze(1)


def train(model, loader, criterion, optimizer):
    model.train()
    running = 0.0
    for images, ages in loader:
        optimizer.zero_grad()
        loss = criterion(model(images), (ages - 3.5) / 1.7)
        loss.backward()
        optimizer.step()
        running += loss.item() * len(ages)
    return running / len(loader.dataset)


def evaluate(model, loader):
    model.eval()
    errors, exact = 0.0, 0
    with torch.no_grad():
        for images, ages in loader:
            predicted = model(images) * 1.7 + 3.5
            errors += (predicted - ages).abs().sum().item()
            exact += (predicted.round() == ages).sum().item()
    return errors / len(loader.dataset), exact / len(loader.dataset)


if __name__ == "__main__":
    torch.manual_seed(1)
    train_loader = DataLoader(ScaleDataset(1200, 0), batch_size=40, shuffle=True)
    val_loader = DataLoader(ScaleDataset(300, 1), batch_size=100)
    model = AgeNet()
    optimizer = optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(10):
        train_loss = train(model, train_loader, nn.MSELoss(), optimizer)
        mae, exact = evaluate(model, val_loader)
        print(f"epoch {epoch + 1:2d}: train loss {train_loss:.4f}, off by {mae:.3f} years, {exact:.1%} exact")
