import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

STATES = ["calm", "swell", "storm"]
BINS = 40


def spectra(n, rng):
    freq = np.linspace(0.03, 0.5, BINS)
    state = rng.integers(0, 3, n)
    peak = np.array([0.16, 0.10, 0.13])[state] * rng.uniform(0.7, 1.4, n)
    height = np.array([0.7, 1.4, 2.8])[state] * rng.uniform(0.75, 1.3, n)
    width = 0.05
    power = height[:, None] * np.exp(-((freq - peak[:, None]) / width) ** 2)
    power = power + 0.25 * rng.random((n, BINS))
    x = (power - power.mean()) / power.std()
    return torch.tensor(x, dtype=torch.float32).unsqueeze(1), torch.tensor(state)


def conv(n_in, n_out):
    return nn.Sequential(nn.Conv1d(n_in, n_out, 5, padding=2), nn.BatchNorm1d(n_out), nn.ReLU(), nn.MaxPool1d(2))


torch.manual_seed(5)
rng = np.random.default_rng(5)
train_set = TensorDataset(*spectra(1200, rng))
check_set = TensorDataset(*spectra(300, rng))

net = nn.Sequential(conv(1, 12), conv(12, 24), nn.Flatten(), nn.Linear(24 * BINS // 4, 3))
optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9, nesterov=True)
criterion = nn.CrossEntropyLoss()

for epoch in range(6):
    net.train()
    seen = hits = 0
    for x, y in DataLoader(train_set, batch_size=32, shuffle=True):
        optimizer.zero_grad()
        out = net(x)
        loss = criterion(out, y)
        loss.backward()
        optimizer.step()
        seen += len(y)
        hits += (out.argmax(1) == y).sum().item()

    table = np.zeros((3, 3), dtype=int)
    with torch.no_grad():
        for x, y in DataLoader(check_set, batch_size=1):
            table[y, net(x).argmax(1)] += 1
    share = table.trace() / table.sum()
    print(f"epoch {epoch + 1}: train accuracy {hits / seen:.3f}, buoys right {share:.3f}")
