import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset


def shard(n, rng):
    """Spectra in 40 bands: a black body with random gain, lines and noise."""
    wave = np.linspace(0.3, 1.1, 40)
    kelvin = rng.uniform(3000, 9000, n)
    body = wave ** -5 / (np.exp(14388 / (wave * kelvin[:, None])) - 1)
    body /= body.mean(axis=1, keepdims=True)
    dips = 1 - 0.5 * (rng.random((n, 40)) < 0.1)
    return {"flux": body * dips + rng.normal(0, 0.35, (n, 40)), "kelvin": kelvin}


class ShardedSpectra(Dataset):
    def __init__(self, n_shards, per_shard, seed):
        rng = np.random.default_rng(seed)
        self.per_shard = per_shard
        self.shards = [shard(per_shard, rng) for _ in range(n_shards)]

    def __len__(self):
        return len(self.shards) * self.per_shard

    def __getitem__(self, i):
        part = self.shards[i // len(self)]
        row = i % self.per_shard
        flux = torch.tensor(part["flux"][row] - 1.0, dtype=torch.float32)
        target = torch.tensor((part["kelvin"][row] - 6000) / 1730, dtype=torch.float32)
        return flux[None], target


class SpectrumNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(1, 16, 7, padding=3), nn.ReLU(),
            nn.Conv1d(16, 16, 7, stride=2, padding=3), nn.ReLU(),
            nn.Flatten(), nn.Linear(320, 48), nn.ReLU(),
        )
        self.head = nn.Linear(48, 1)

    def forward(self, flux):
        return self.head(self.body(flux)).squeeze(1)


def rms_kelvin(net, loader):
    net.eval()
    with torch.no_grad():
        squares = sum(((net(x) - y) ** 2).sum().item() for x, y in loader)
    return 1730 * (squares / len(loader.dataset)) ** 0.5


torch.manual_seed(4)
train_loader = DataLoader(ShardedSpectra(400, 6, seed=0), batch_size=40, shuffle=True)
val_loader = DataLoader(ShardedSpectra(1, 500, seed=1), batch_size=250)
net = SpectrumNet()
optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.05)
for epoch in range(1, 9):
    net.train()
    mean_loss = 0.0
    for flux, target in train_loader:
        loss = nn.functional.mse_loss(net(flux), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        mean_loss += loss.item() / len(train_loader)
    print(f"epoch {epoch} train mse {mean_loss:.4f} val error {rms_kelvin(net, val_loader):.0f} K")
