import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

WINDOW = 30


def simulate_river(days, rng):
    rain = rng.gamma(0.3, 6.0, days) * (rng.random(days) < 0.4)
    soil, level, out = 0.0, 0.0, []
    for d in range(days):
        soil = 0.93 * soil + rain[d]
        level = 0.8 * level + 0.05 * max(soil - 8.0, 0.0) ** 1.3
        out.append(level)
    return np.stack([rain, np.array(out)], 1)


def windows(table):
    pieces = np.lib.stride_tricks.sliding_window_view(table, WINDOW, axis=0)[:-1].transpose(0, 2, 1)
    return torch.tensor(pieces.copy(), dtype=torch.float32), torch.tensor(table[WINDOW:, 1], dtype=torch.float32)


class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(2, 24, batch_first=True)
        self.head = nn.Linear(24, 1)

    def forward(self, x):
        out, _ = self.gru(x)
        return self.head(out[:, -1]).squeeze(-1)


torch.manual_seed(17)
table = simulate_river(2600, np.random.default_rng(17))
table = (table - table[:2000].mean(0)) / table[:2000].std(0)
x_train, y_train = windows(table[:2000])
x_val, y_val = windows(table[2000:])
train_loader = DataLoader(TensorDataset(x_train, y_train), batch_size=16, shuffle=True)

model = Forecaster()
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
accumulation_steps = 8

for epoch in range(1, 16):
    model.train()
    epoch_loss = 0.0
    for step, (x, y) in enumerate(train_loader, start=1):
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        (loss / accumulation_steps).backward()
        epoch_loss += loss.item()
        if step % accumulation_steps == 0:
            optimizer.step()
    model.eval()
    with torch.no_grad():
        val = criterion(model(x_val), y_val).item()
    print(f"epoch {epoch:2d}  train {epoch_loss / len(train_loader):.4f}  validation {val:.4f}")
