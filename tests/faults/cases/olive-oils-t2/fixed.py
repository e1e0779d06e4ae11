import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

REGIONS = 9


class OliveOils(Dataset):
    """Standardised shares of fatty acids; neighbouring regions press similar oils."""

    def __init__(self, acids, region, mean, std):
        self.acids = torch.tensor((acids - mean) / std, dtype=torch.float32)
        self.region = torch.tensor(region)

    def __len__(self):
        return len(self.region)

    def __getitem__(self, index):
        return self.acids[index], self.region[index]


def press(n, rng):
    centres = np.random.default_rng(1).normal(0, 1.0, (REGIONS, 8))
    region = rng.integers(0, REGIONS, n)
    acids = centres[region] + rng.normal(0, 0.72, (n, 8))
    return 10 + 3 * acids, region


class RegionNet(nn.Module):
    def __init__(self, hidden=64, dropout=0.2):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(8, hidden), nn.ReLU(), nn.Dropout(dropout),
            nn.Linear(hidden, hidden), nn.ReLU(),
            nn.Linear(hidden, REGIONS),
        )

    def forward(self, x):
        return self.net(x)


def evaluate(model, loader):
    model.eval()
    correct, total = 0, 0
    with torch.no_grad():
        for acids, region in loader:
            correct += (model(acids).argmax(dim=1) == region).sum().item()
            total += len(region)
    return correct / total


def main():
    torch.manual_seed(28)
    rng = np.random.default_rng(28)
    acids, region = press(1300, rng)
    mean, std = acids[:500].mean(axis=0), acids[:500].std(axis=0)
    train_set = OliveOils(acids[:500], region[:500], mean, std)
    val_set = OliveOils(acids[500:], region[500:], mean, std)
    train_loader = DataLoader(train_set, batch_size=16, shuffle=True)
    val_loader = DataLoader(val_set, batch_size=200, shuffle=False)

    model = RegionNet()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.05)
    print(f"{len(train_set)} oils for training, {len(val_set)} for validation")
    for epoch in range(1, 16):
        model.train()
        running = 0.0
        for acids, region in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(acids), region)
            loss.backward()
            optimizer.step()
            running += loss.item()
        if epoch % 3 == 0:
            print(f"epoch {epoch:2d}  train loss {running / len(train_loader):.4f}  val accuracy {evaluate(model, val_loader):.4f}")


if __name__ == "__main__":
    main()
