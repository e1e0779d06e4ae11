import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

WINDOW = 12


def visitors(hours, seed):
    rng = np.random.default_rng(seed)
    t = np.arange(hours)
    daily = np.maximum(0.0, np.sin((t % 24 - 7) / 13 * np.pi)) * ((t % 24 >= 7) & (t % 24 <= 20))
    weekly = 1 + 0.5 * np.isin(t // 24 % 7, (4, 5))
    return rng.poisson(60 * daily * weekly + 0.6)


def windows(series):
    past = np.lib.stride_tricks.sliding_window_view(series[:-1], WINDOW)
    following = series[WINDOW:]
    x = torch.tensor(past.copy(), dtype=torch.float32).unsqueeze(-1)
    return TensorDataset(x, torch.tensor(following, dtype=torch.float32))


class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(1, 32, batch_first=True)
        self.head = nn.Linear(32, 1)

    def forward(self, x):
        out, _ = self.gru(x)
        return self.head(out[:, -1]).squeeze(-1)


torch.manual_seed(4)
series = np.log(visitors(24 * 120, seed=4))
series = (series - 2.2) / 1.7
cut = 24 * 100
train = DataLoader(windows(series[:cut]), batch_size=64, shuffle=True)
test = DataLoader(windows(series[cut:]), batch_size=256)

model = Forecaster()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
mse = nn.MSELoss()
for epoch in range(1, 16):
    model.train()
    train_loss = 0.0
    for x, y in train:
        optimizer.zero_grad()
        loss = mse(model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        train_loss += loss.item() * len(y) / len(train.dataset)
    model.eval()
    with torch.no_grad():
        test_loss = sum(mse(model(x), y).item() * len(y) for x, y in test) / len(test.dataset)
    if epoch % 5 == 0:
        print(f"epoch {epoch:2d}  train mse {train_loss:.4f}  test mse {test_loss:.4f}")
