import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

WINDOW = 30


class TideLSTM(nn.Module):
    def __init__(self, n_series=1, hidden_size=32):
        super().__init__()
        self.lstm = nn.LSTM(n_series, hidden_size, batch_first=True)
        self.linear = nn.Linear(hidden_size, n_series)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.linear(out[:, -1])


def tide(n_hours, rng):
    t = np.arange(n_hours)
    moon = 1.1 * np.sin(2 * np.pi * t / 12.42)
    sun = 0.7 * np.sin(2 * np.pi * t / 7.3 + 0.8)
    return moon + sun + rng.normal(0, 0.05, n_hours)


def windows(series):
    series = torch.tensor(series, dtype=torch.float32)
    x = series.unfold(0, WINDOW, 1)[:-1]
    return TensorDataset(x.unsqueeze(2), series[WINDOW:].unsqueeze(1))


def mse(model, loader, loss_fn):
    model.eval()
    total = 0.0
    with torch.no_grad():
        for x, y in loader:
            total += loss_fn(model(x), y).item() * len(y)
    return total / len(loader.dataset)


torch.manual_seed(6)
level = tide(3000, np.random.default_rng(6))
mean, std = level[:2400].mean(), level[:2400].std()
level = (level - mean) / std
train_loader = DataLoader(windows(level[:2400]), batch_size=48, shuffle=True)
val_loader = DataLoader(windows(level[2400:]), batch_size=200)

model = TideLSTM()
loss_fn = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
for epoch in range(1, 21):
    model.train()
    train_loss = 0.0
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        train_loss += loss.item() * len(y)
    if epoch % 4 == 0:
        print(f"epoch {epoch:2d}: train mse {train_loss / len(train_loader.dataset):.4f}  val mse {mse(model, val_loader, loss_fn):.4f}")
