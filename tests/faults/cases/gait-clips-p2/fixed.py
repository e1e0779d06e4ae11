import argparse

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset

GAITS = ("walk", "limp", "stairs", "run")


class GaitClips(Dataset):
    def __init__(self, n, seed, length=64):
        g = torch.Generator().manual_seed(seed)
        self.label = torch.randint(len(GAITS), (n,), generator=g)
        t = torch.arange(length).float()
        speed = torch.tensor([0.40, 0.40, 0.33, 0.62])[self.label] * (0.9 + 0.2 * torch.rand(n, generator=g))
        phase = 6.283 * torch.rand(n, 1, generator=g)
        angle = speed[:, None] * t + phase
        second = torch.tensor([0.3, 1.0, 0.6, 0.2])[self.label][:, None]
        up = angle.sin() + second * (2 * angle + 0.6).sin()
        forward = (angle + 0.8).cos() * torch.tensor([0.8, 0.6, 0.4, 1.2])[self.label][:, None]
        side = second * (angle / 2).sin()
        clip = torch.stack([up, forward, side], dim=1) * (0.8 + 0.4 * torch.rand(n, 1, 1, generator=g))
        self.clip = (clip + 0.55 * torch.randn(clip.shape, generator=g)) / 0.8

    def __len__(self):
        return len(self.label)

    def __getitem__(self, i):
        return self.clip[i], self.label[i]


class GaitNet(nn.Module):
    def __init__(self, channels=24):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv1d(3, channels, 7, padding=3), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(channels, channels, 5, padding=2), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(),
        )
        self.head = nn.Sequential(
            nn.Linear(channels, 32), nn.BatchNorm1d(32), nn.ReLU(),
            nn.Linear(32, 32), nn.BatchNorm1d(32), nn.ReLU(),
            nn.Linear(32, len(GAITS)),
        )

    def forward(self, x):
        return self.head(self.conv(x))


parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=8)
parser.add_argument("--batch-size", type=int, default=32)
parser.add_argument("--lr", type=float, default=4e-3)
args = parser.parse_args()

torch.manual_seed(4)
train_loader = DataLoader(GaitClips(1200, 0), batch_size=args.batch_size, shuffle=True, drop_last=True)
val_loader = DataLoader(GaitClips(400, 1), batch_size=100)
model = GaitNet()
optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
criterion = nn.CrossEntropyLoss()

for epoch in range(args.epochs):
    model.train()
    running_loss = 0.0
    for clips, labels in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(clips), labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()

    model.eval()
    correct, val_loss = 0, 0.0
    with torch.no_grad():
        for clips, labels in val_loader:
            outputs = model(clips)
            val_loss += criterion(outputs, labels).item() / len(val_loader)
            correct += (outputs.argmax(1) == labels).sum().item()
    print(f"Epoch {epoch + 1}: train loss {running_loss / len(train_loader):.3f}, "
          f"val loss {val_loss:.3f}, val acc {100 * correct / 400:.1f}%")
