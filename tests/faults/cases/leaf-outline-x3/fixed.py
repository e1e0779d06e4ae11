import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset


class Leaves(Dataset):
    """outline of a leaf: distance from the centre at 48 angles; the species differ in lobes and depth"""

    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        self.species = rng.integers(0, 6, n)
        lobes = np.array([3, 3, 5, 5, 7, 7])[self.species][:, None]
        depth = np.array([0.25, 0.55, 0.25, 0.55, 0.25, 0.55])[self.species][:, None]
        turn = rng.uniform(0, 2 * np.pi, (n, 1))
        size = rng.uniform(0.8, 1.2, (n, 1))
        r = size * (1 + depth * np.cos(lobes * angle + turn)) + rng.normal(0, 0.12, (n, 48))
        self.r = ((r - 1) / 0.35).astype(np.float32)

    def __len__(self):
        return len(self.r)

    def __getitem__(self, i):
        return self.r[i][None], int(self.species[i])


class LeafNet(nn.Module):
    def __init__(self, c=24):
        super().__init__()
        self.conv1 = nn.Conv1d(1, c, 9, padding=4, padding_mode="circular")
        self.conv2 = nn.Conv1d(c, c, 5, padding=2, padding_mode="circular")
        self.fc1 = nn.Linear(c, 48)
        self.bn1 = nn.BatchNorm1d(48)
        self.fc2 = nn.Linear(48, 32)
        self.bn2 = nn.BatchNorm1d(32)
        self.fc3 = nn.Linear(32, 6)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x)).mean(-1)
        x = F.relu(self.bn1(self.fc1(x)))
        x = F.relu(self.bn2(self.fc2(x)))
        return self.fc3(x)


torch.manual_seed(17)
EFFECTIVE = 32
PER_STEP = 32
ACCUMULATE = EFFECTIVE // PER_STEP

train_loader = DataLoader(Leaves(1600, 0), batch_size=PER_STEP, shuffle=True)
test_loader = DataLoader(Leaves(600, 1), batch_size=200)
net = LeafNet()
opt = torch.optim.AdamW(net.parameters(), lr=3e-3)

for epoch in range(1, 9):
    net.train()
    total = 0.0
    opt.zero_grad()
    for i, (x, y) in enumerate(train_loader, 1):
        loss = F.cross_entropy(net(x), y)
        (loss / ACCUMULATE).backward()
        total += loss.item()
        if i % ACCUMULATE == 0:
            opt.step()
            opt.zero_grad()
    net.eval()
    with torch.no_grad():
        results = [(net(x), y) for x, y in test_loader]
    out, y = (torch.cat(t) for t in zip(*results))
    print(f"epoch {epoch}  train {total / len(train_loader):.3f}  test {F.cross_entropy(out, y):.3f}  acc {(out.argmax(1) == y).float().mean():.3f}")
