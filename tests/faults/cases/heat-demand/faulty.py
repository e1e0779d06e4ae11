import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


def year_of_weather(seed, hours=24 * 300):
    rng = np.random.default_rng(seed)
    t = np.arange(hours)
    slow = np.convolve(rng.normal(0, 1, hours + 72), np.ones(73) / 73 ** 0.5, mode="valid")
    temp = 6 - 9 * np.cos(2 * np.pi * t / 8760) + 4 * np.sin(2 * np.pi * (t - 9) / 24) + 3 * slow
    sun = np.clip(np.sin(2 * np.pi * (t - 6) / 24), 0, None) * rng.uniform(0.2, 1, hours)
    demand = 0.25 * np.clip(18 - temp, 0, None) - 1.5 * sun + 1.2 * ((t % 24 > 5) & (t % 24 < 9)) + rng.normal(0, 0.15, hours)
    return t, temp, sun, demand


def windows(t, temp, sun, demand, past=6, ahead=6):
    rows, targets = [], []
    for i in range(past, len(t) - ahead):
        hour = 2 * np.pi * (t[i] % 24) / 24
        rows.append(np.r_[temp[i - past:i + 1], sun[i - past:i + 1], demand[i - past:i + 1], np.sin(hour), np.cos(hour)])
        targets.append(demand[i + ahead] - demand[i])
    return np.array(rows, dtype=np.float32), np.array(targets, dtype=np.float32)


class DemandNet(nn.Module):
    def __init__(self, n_in):
        super().__init__()
        self.fc1 = nn.Linear(n_in, 64)
        self.fc2 = nn.Linear(64, 32)
        self.fc3 = nn.Linear(32, 1)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        x = F.relu(self.fc3(x))
        return x.view(-1)


torch.manual_seed(0)
X, y = windows(*year_of_weather(seed=5))
cut = int(0.8 * len(X))
mx, sx, my, sy = X[:cut].mean(0), X[:cut].std(0), y[:cut].mean(), y[:cut].std()
X, y = torch.from_numpy((X - mx) / sx), torch.from_numpy((y - my) / sy)

net = DemandNet(X.shape[1])
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(12):
    net.train()
    total = 0.0
    for idx in torch.randperm(cut).split(48):
        loss = F.l1_loss(net(X[idx]), y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx)
    net.eval()
    with torch.no_grad():
        later = net(X[cut:])
    print(f"epoch {epoch + 1:2d}  train L1 {total / cut:.4f}  later months L1 {F.l1_loss(later, y[cut:]).item():.4f}")
