import numpy as np, torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import Dataset, DataLoader

np.random.seed(11); torch.manual_seed(11)

# --- simulated single-lead recordings: 0 = normal, 1 = fast, 2 = irregular -------------
def beat(t, c): return np.exp(-((t - c) / 1.6) ** 2) - 0.3 * np.exp(-((t - c - 4) / 2.5) ** 2)

def recording(kind, length=128):
    t = np.arange(length)
    sig = np.zeros(length)
    pos = np.random.uniform(0, 14)
    while pos < length:
        sig += beat(t, pos)
        if kind == 0:   pos += np.random.normal(26, 0.8)
        elif kind == 1: pos += np.random.normal(16, 0.8)
        else:           pos += np.random.uniform(12, 38)
    sig = sig * np.random.uniform(0.5, 3) + np.random.normal(0, 0.05, length)
    if np.random.rand() < 0.01:          # electrode came off, the recorder writes a constant
        sig[:] = -5.0
    return sig


class ECGDataset(Dataset):
    def __init__(self, n):
        self.kinds = np.random.randint(0, 3, n)
        self.signals = [recording(k) for k in self.kinds]

    def __len__(self):
        return len(self.kinds)

    def __getitem__(self, i):
        s = self.signals[i]
        s = (s - s.mean()) / s.std()
        return torch.tensor(s, dtype=torch.float32).unsqueeze(0), int(self.kinds[i])


class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv1d(1, 16, 9, padding=4)
        self.c2 = nn.Conv1d(16, 32, 9, padding=4)
        self.c3 = nn.Conv1d(32, 32, 9, padding=4)
        self.head = nn.Linear(64, 3)

    def forward(self, x):
        x = F.max_pool1d(F.relu(self.c1(x)), 2)
        x = F.max_pool1d(F.relu(self.c2(x)), 2)
        x = F.relu(self.c3(x))
        return self.head(torch.cat([x.mean(-1), x.amax(-1)], 1))


train_dl = DataLoader(ECGDataset(1000), batch_size=32, shuffle=True)
test_dl = DataLoader(ECGDataset(300), batch_size=100)
model = ConvNet()
optim = torch.optim.Adam(model.parameters(), lr=2e-3)

for ep in range(6):
    model.train()
    tot = 0
    for xb, yb in train_dl:
        loss = F.cross_entropy(model(xb), yb)
        optim.zero_grad()
        loss.backward()
        optim.step()
        tot += loss.item()
    model.eval()
    ok = 0
    with torch.no_grad():
        for xb, yb in test_dl:
            ok += (model(xb).argmax(1) == yb).sum().item()
    print('epoch', ep, 'loss', round(tot / len(train_dl), 4), 'test acc', ok / len(test_dl.dataset))
