import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
rng = np.random.default_rng(0)

# passengers a day for six years: a week, a year, and noise
days = np.arange(6 * 365)
weekly = np.array([0, -420, -610, -150, 530, 900, 310])[days % 7]
yearly = 1800 * np.sin(2 * np.pi * days / 365 - 1.2)
series = 9200 + weekly + yearly + rng.normal(0, 120, len(days))

WINDOW = 21
split = 5 * 365
data = torch.tensor(series, dtype=torch.float32)


def windows(values):
    x = values.unfold(0, WINDOW + 1, 1)
    return x[:, :WINDOW].unsqueeze(-1), x[:, WINDOW:]


train_set = TensorDataset(*windows(data[:split]))
x_val, y_val = windows(data[split - WINDOW:])
train_loader = DataLoader(train_set, batch_size=32, shuffle=True)


class Forecaster(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.lstm = nn.LSTM(1, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 1)

    def forward(self, x):
        seq, _ = self.lstm(x)
        return self.out(seq[:, -1])


model = Forecaster()
loss_fn = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)

for epoch in range(1, 21):
    model.train()
    total = 0.0
    for xb, yb in train_loader:
        optimizer.zero_grad()
        loss = loss_fn(model(xb), yb)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(xb)
    model.eval()
    with torch.no_grad():
        val_loss = loss_fn(model(x_val), y_val).item()
        r2 = 1 - val_loss / y_val.var(unbiased=False).item()
    if epoch % 4 == 0:
        print(f"epoch {epoch:2d} train mse {total / len(train_set):.4g} val mse {val_loss:.4g} val R2 {r2:.3f}")
