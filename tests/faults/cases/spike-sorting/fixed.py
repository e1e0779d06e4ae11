import numpy as np
import torch
import torch.nn as nn
from sklearn.model_selection import train_test_split

N_SAMPLES, N_NEURONS = 40, 5


def record(n, seed=0):
    rng = np.random.default_rng(seed)
    t = np.arange(N_SAMPLES)
    unit = rng.integers(0, N_NEURONS, n)
    width = np.array([2.0, 3.0, 4.5, 3.0, 2.5])[unit][:, None]
    rebound = np.array([0.2, 0.6, 0.3, 0.1, 0.8])[unit][:, None]
    delay = np.array([7.0, 9.0, 12.0, 14.0, 10.0])[unit][:, None]
    start = 12 + rng.normal(0, 0.8, (n, 1))
    amplitude = rng.normal(1.0, 0.12, (n, 1))
    wave = -np.exp(-((t - start) / width) ** 2) + rebound * np.exp(-((t - start - delay) / 4) ** 2)
    wave = amplitude * wave + rng.normal(0, 0.2, wave.shape)
    return wave.astype(np.float32), unit


class Firing(nn.Module):
    """Passes what exceeds the level, silent below."""

    def __init__(self, level):
        super().__init__()
        self.level = level

    def forward(self, v):
        return torch.where(v > self.level, v - self.level, torch.zeros_like(v))


class SpikeSorter(nn.Module):
    def __init__(self, level):
        super().__init__()
        self.l1 = nn.Linear(N_SAMPLES, 64)
        self.l2 = nn.Linear(64, 32)
        self.out = nn.Linear(32, N_NEURONS)
        self.fire = Firing(level)

    def forward(self, wave):
        h = self.fire(self.l1(wave))
        h = self.fire(self.l2(h))
        return self.out(h)


torch.manual_seed(0)
waves, units = record(2500)
w_train, w_test, u_train, u_test = train_test_split(waves, units, test_size=500, random_state=0, stratify=units)
mean, std = w_train.mean(), w_train.std()
w_train, w_test = torch.tensor((w_train - mean) / std), torch.tensor((w_test - mean) / std)
u_train, u_test = torch.tensor(u_train), torch.tensor(u_test)

sorter = SpikeSorter(level=0.0)
ce = nn.CrossEntropyLoss()
optim = torch.optim.NAdam(sorter.parameters(), lr=1e-3)
for epoch in range(12):
    sorter.train()
    running = []
    for rows in torch.randperm(len(w_train)).chunk(50):
        optim.zero_grad()
        loss = ce(sorter(w_train[rows]), u_train[rows])
        loss.backward()
        optim.step()
        running.append(loss.item())
    sorter.eval()
    with torch.no_grad():
        logits = sorter(w_test)
    right = (logits.argmax(1) == u_test).float().mean().item()
    print(f"epoch {epoch:2d}  train {np.mean(running):.4f}  test {ce(logits, u_test).item():.4f}  right {right:.3f}")
