import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class ResidualBlock(nn.Module):
    def __init__(self, channels, dilation):
        super().__init__()
        self.conv = nn.Conv1d(channels, channels, 3, padding=dilation, dilation=dilation)
        self.norm = nn.BatchNorm1d(channels)

    def forward(self, x):
        return x + F.relu(self.norm(self.conv(x)))


class CallNet(nn.Module):
    def __init__(self, n_species, channels=16, n_blocks=4):
        super().__init__()
        self.stem = nn.Conv1d(1, channels, 5, padding=2)
        self.blocks = [ResidualBlock(channels, 2 ** i) for i in range(n_blocks)]
        self.head = nn.Linear(channels, n_species)

    def forward(self, x):
        x = F.relu(self.stem(x))
        for block in self.blocks:
            x = block(x)
        return self.head(x.mean(dim=-1))


def record_calls(n, rng, length=64):
    t = np.linspace(0, 1, length)
    species = rng.integers(0, 6, n)
    calls = np.empty((n, 1, length), dtype=np.float32)
    for i, s in enumerate(species):
        t0, slope = rng.uniform(0.2, 0.5), rng.uniform(0.8, 1.2)
        sweep = np.clip((t - t0) / 0.3, 0, 1)
        track = {0: 1 - sweep, 1: sweep, 2: 4 * sweep * (1 - sweep), 3: 1 - 4 * sweep * (1 - sweep),
                 4: (1 - sweep) ** 3, 5: np.floor(sweep * 3.99) / 3}[int(s)]
        calls[i, 0] = slope * track - 0.5 + rng.normal(0, 0.15, length)
    return torch.from_numpy(calls), torch.from_numpy(species)


def run_epoch(model, loader, optimizer=None):
    training = optimizer is not None
    model.train(training)
    loss_sum, hits, count = 0.0, 0, 0
    with torch.set_grad_enabled(training):
        for x, y in loader:
            logits = model(x)
            loss = F.cross_entropy(logits, y)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            loss_sum += loss.item() * len(y)
            hits += (logits.argmax(1) == y).sum().item()
            count += len(y)
    return loss_sum / count, hits / count


def main():
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    train_loader = DataLoader(TensorDataset(*record_calls(2000, rng)), batch_size=32, shuffle=True)
    val_loader = DataLoader(TensorDataset(*record_calls(400, rng)), batch_size=200)
    model = CallNet(n_species=6)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=12)
    for epoch in range(1, 13):
        train_loss, train_acc = run_epoch(model, train_loader, optimizer)
        scheduler.step()
        val_loss, val_acc = run_epoch(model, val_loader)
        print(f"{epoch:02d}  train {train_loss:.3f} / {train_acc:.3f}   val {val_loss:.3f} / {val_acc:.3f}")


if __name__ == "__main__":
    main()
