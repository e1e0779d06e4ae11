import argparse

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


def bump(t, centre, width, height):
    return height * np.exp(-0.5 * ((t - centre) / width) ** 2)


class Beats(Dataset):
    """Normal, early (premature) and inverted-T beats."""

    def __init__(self, n, seed, length=96):
        rng = np.random.default_rng(seed)
        t = np.linspace(0, 1, length)
        self.label = rng.integers(0, 3, n)
        self.signal = np.empty((n, 1, length), dtype=np.float32)
        for i, kind in enumerate(self.label):
            shift, scale = rng.normal(0, 0.03), rng.normal(1, 0.15)
            p_wave = 0.0 if kind == 1 else 0.18
            width = 0.035 if kind == 1 else 0.015
            t_height = -0.3 if kind == 2 else 0.3
            beat = (bump(t, 0.25 + shift, 0.03, p_wave) + bump(t, 0.42 + shift, width, 1.0)
                    - bump(t, 0.47 + shift, 0.015, 0.25) + bump(t, 0.7 + shift, 0.05, t_height))
            self.signal[i, 0] = scale * beat + rng.normal(0, 0.12, length) + 0.2 * np.sin(2 * np.pi * (t + rng.random()))

    def __len__(self):
        return len(self.label)

    def __getitem__(self, i):
        return torch.from_numpy(self.signal[i]) * 3, int(self.label[i])


def parse_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch-size", type=int, default=50)
    parser.add_argument("--accumulate", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--lr", type=float, default=3e-3)
    return parser.parse_args()


def main():
    args = parse_args()
    torch.manual_seed(1)
    train_loader = DataLoader(Beats(1200, 0), batch_size=args.batch_size, shuffle=True)
    val_loader = DataLoader(Beats(300, 1), batch_size=300)
    model = nn.Sequential(
        nn.Conv1d(1, 12, 7, padding=3), nn.BatchNorm1d(12), nn.ReLU(), nn.MaxPool1d(4),
        nn.Conv1d(12, 24, 7, padding=3), nn.BatchNorm1d(24), nn.ReLU(), nn.MaxPool1d(4),
        nn.Flatten(), nn.Linear(24 * 6, 3),
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(1, args.epochs + 1):
        model.train()
        optimizer.zero_grad()
        total = 0.0
        for i, (signal, label) in enumerate(train_loader):
            loss = criterion(model(signal), label) / args.accumulate
            loss.backward()
            total += loss.item() * args.accumulate
            if (i + 1) % args.accumulate == 0:
                optimizer.step()
                optimizer.zero_grad()
        model.eval()
        with torch.no_grad():
            signal, label = next(iter(val_loader))
            acc = (model(signal).argmax(1) == label).float().mean().item()
        print(f"[{epoch:2d}/{args.epochs}] loss={total / len(train_loader):.4f} val_acc={acc:.3f}")


if __name__ == "__main__":
    main()
