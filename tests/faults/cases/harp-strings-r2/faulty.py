import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset

STRINGS = 10


class Plucks(Dataset):
    def __init__(self, n, seed, samples=96):
        g = torch.Generator().manual_seed(seed)
        self.string = torch.randint(STRINGS, (n,), generator=g)
        pitch = 0.12 * 1.2 ** self.string.float()
        t = torch.arange(samples).float()
        phase = 2 * math.pi * torch.rand(n, 1, generator=g)
        decay = torch.exp(-t / (40 + 40 * torch.rand(n, 1, generator=g)))
        tone = torch.sin(pitch[:, None] * t + phase) + 0.4 * torch.sin(2 * pitch[:, None] * t + 2 * phase)
        self.wave = (decay * tone + 0.15 * torch.randn(n, samples, generator=g)).unsqueeze(1) / 0.5

    def __len__(self):
        return len(self.string)

    def __getitem__(self, i):
        return self.wave[i], self.string[i]


class TemporalBlock(nn.Module):
    def __init__(self, channels, dilation):
        super().__init__()
        self.conv = nn.Conv1d(channels, channels, 3, padding=dilation, dilation=dilation)
        self.norm = nn.GroupNorm(4, channels)

    def forward(self, x):
        return x + F.relu(self.norm(self.conv(x)))


class TCN(nn.Module):
    def __init__(self, channels=16, levels=4):
        super().__init__()
        self.stem = nn.Conv1d(1, channels, 5, padding=2)
        self.blocks = []
        for level in range(levels):
            self.blocks.append(TemporalBlock(channels, dilation=2**level))
        self.classifier = nn.Linear(channels, STRINGS)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.classifier(x.mean(dim=2))


def main():
    torch.manual_seed(31)
    train_loader = DataLoader(Plucks(2500, seed=1), batch_size=50, shuffle=True)
    val_set = Plucks(500, seed=2)
    model = TCN()
    print(f"{sum(p.numel() for p in model.parameters())} parameters")
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10)
    for epoch in range(1, 11):
        model.train()
        total = 0.0
        for wave, string in train_loader:
            loss = F.cross_entropy(model(wave), string)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        scheduler.step()
        model.eval()
        with torch.no_grad():
            logits = model(val_set.wave)
            val_loss = F.cross_entropy(logits, val_set.string).item()
            acc = (logits.argmax(1) == val_set.string).float().mean().item()
        print(f"epoch {epoch} train {total / len(train_loader):.3f} val {val_loss:.3f} acc {acc:.3f}")


if __name__ == "__main__":
    main()
