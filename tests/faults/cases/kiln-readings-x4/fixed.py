"""Predict the final hardness of a fired tile from the kiln log of its run."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

rng = np.random.default_rng(17)
torch.manual_seed(17)

# one log per run: 8 probe temperatures (scaled) and 4 gas readings
logs = {}
hardness = []
mix = rng.normal(size=(12, 4)) / 3
for run in range(1500):
    row = rng.normal(size=12)
    z = row @ mix
    hardness.append(np.tanh(z[0] * 2) + z[1] * z[2] + 0.5 * np.abs(z[3]) + 0.05 * rng.normal())
    logs[f"run_{run}"] = row
hardness = np.array(hardness, dtype=np.float32)


class KilnRuns(Dataset):
    def __init__(self, logs, hardness):
        names = sorted(logs.keys(), key=lambda name: int(name.split("_")[1]))
        self.rows = torch.tensor(np.stack([logs[n] for n in names]), dtype=torch.float32)
        target = torch.from_numpy(hardness)
        self.target = (target - target.mean()) / target.std()

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        return self.rows[i], self.target[i]


runs = KilnRuns(logs, hardness)
train_set, val_set = torch.utils.data.random_split(runs, [1200, 300])
train_loader = DataLoader(train_set, batch_size=32, shuffle=True)
val_loader = DataLoader(val_set, batch_size=300)

net = nn.Sequential(nn.Linear(12, 24), nn.SiLU(), nn.Linear(24, 24), nn.SiLU(), nn.Linear(24, 1))
opt = torch.optim.AdamW(net.parameters(), lr=4e-3, weight_decay=1e-3)
huber = nn.SmoothL1Loss()

for epoch in range(25):
    net.train()
    running = 0.0
    for rows, target in train_loader:
        opt.zero_grad()
        loss = huber(net(rows).squeeze(1), target)
        loss.backward()
        opt.step()
        running += loss.item() * len(rows)
    net.eval()
    with torch.no_grad():
        rows, target = next(iter(val_loader))
        pred = net(rows).squeeze(1)
        r2 = 1 - ((pred - target) ** 2).sum() / ((target - target.mean()) ** 2).sum()
    print(f"[{epoch:02d}] train huber {running / len(train_set):.4f} | val R2 {r2:.3f}")
