import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(14)
rng = np.random.default_rng(14)

CLICKS = rng.normal(size=(5, 12))
CLICKS /= np.linalg.norm(CLICKS, axis=1, keepdims=True)


def recordings(n):
    kind = rng.integers(0, 5, n)
    sound = rng.normal(0, 0.9, (n, 160))
    for i, k in enumerate(kind):
        for start in rng.choice(12, 7, replace=False) * 13 + rng.integers(0, 2):
            sound[i, start:start + 12] += 3.0 * CLICKS[k]
    return TensorDataset(torch.tensor(sound[:, None], dtype=torch.float32), torch.tensor(kind))


class ClickNet(nn.Module):
    def __init__(self, filters=8, quartiles=(0.5, 0.75, 0.95)):
        super().__init__()
        self.quartiles = quartiles
        self.filters = nn.Sequential(
            nn.Conv1d(1, filters, 13, padding=6),
            nn.ReLU(),
            nn.Conv1d(filters, filters, 5, padding=2),
        )
        self.norm = nn.BatchNorm1d(filters * len(quartiles))
        self.classify = nn.Sequential(nn.Linear(filters * len(quartiles), 32), nn.ReLU(), nn.Linear(32, 5))

    def forward(self, x):
        response = self.filters(x)
        stats = torch.quantile(response, torch.tensor(self.quartiles), dim=2)
        stats = stats.permute(1, 0, 2).flatten(1)
        return self.classify(self.norm(stats))


train_loader = DataLoader(recordings(1500), batch_size=50, shuffle=True)
val_loader = DataLoader(recordings(500), batch_size=250)
net = ClickNet()
optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3)
loss_fn = nn.CrossEntropyLoss()

for epoch in range(1, 17):
    net.train()
    for sound, kind in train_loader:
        loss = loss_fn(net(sound), kind)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    net.eval()
    right = 0
    with torch.no_grad():
        for sound, kind in val_loader:
            right += (net(sound).argmax(dim=1) == kind).sum().item()
    print(f"epoch {epoch:2d}  last loss {loss.item():.3f}  val accuracy {right / 500:.3f}")
