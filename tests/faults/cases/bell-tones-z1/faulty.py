import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(9)
np.random.seed(9)

PATTERNS = np.array([[1, 1, -1, 1, -1, -1, 1], [1, -1, 1, 1, 1, -1, -1], [-1, 1, 1, -1, 1, 1, -1],
                     [1, -1, -1, -1, 1, 1, 1], [-1, -1, 1, 1, -1, 1, 1]], dtype=float)


def record(n, length=64):
    kind = np.random.randint(0, len(PATTERNS), n)
    wave = np.random.randn(n, 1, length) * 0.6
    for i, k in enumerate(kind):
        for _ in range(4):
            at = np.random.randint(0, length - 7)
            wave[i, 0, at:at + 7] += 1.2 * PATTERNS[k]
    return TensorDataset(torch.tensor(wave, dtype=torch.float32), torch.tensor(kind))


class ToneNet(nn.Module):
    def __init__(self, channels=16):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv1d(1, channels, 7, padding=3), nn.ReLU(),
            nn.Conv1d(channels, channels, 3, padding=1), nn.ReLU(),
        )
        self.classify = nn.Linear(2 * channels, len(PATTERNS))

    def pool(self, f):
        # mean and 95th percentile over time
        a = f.detach().numpy()
        stats = np.concatenate([a.mean(axis=2), np.percentile(a, 95, axis=2)], axis=1)
        return torch.from_numpy(stats.astype(np.float32))

    def forward(self, wave):
        return self.classify(self.pool(self.features(wave)))


train_dl = DataLoader(record(1500), batch_size=30, shuffle=True)
test_dl = DataLoader(record(400), batch_size=100)
model = ToneNet()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
loss_fn = nn.CrossEntropyLoss()


def train_one_epoch():
    model.train()
    total = 0.0
    for wave, kind in train_dl:
        optimizer.zero_grad()
        loss = loss_fn(model(wave), kind)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(train_dl)


def evaluate():
    model.eval()
    right = 0
    with torch.no_grad():
        for wave, kind in test_dl:
            right += (model(wave).argmax(1) == kind).sum().item()
    return right / len(test_dl.dataset)


for epoch in range(9):
    print(f"epoch {epoch + 1} loss {train_one_epoch():.3f} test accuracy {evaluate():.3f}")
