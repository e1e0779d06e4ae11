import warnings

import numpy as np
import torch
from torch import nn

warnings.filterwarnings("ignore")
np.random.seed(7)
torch.manual_seed(7)

# --- two months of hourly water levels
hours = np.arange(24 * 90)
level = 1.2 * np.sin(2 * np.pi * hours / 12.42) + 0.5 * np.sin(2 * np.pi * hours / 24.0 + 1) + 0.3 * np.sin(2 * np.pi * hours / 327)
level = level + 0.05 * np.random.randn(len(hours))
level = (level - level.mean()) / level.std()

WINDOW, AHEAD = 24, 3
windows = np.stack([level[i:i + WINDOW] for i in range(len(level) - WINDOW - AHEAD)])
future = level[WINDOW + AHEAD - 1:-1]
split = int(0.8 * len(windows))
X = torch.tensor(windows, dtype=torch.float32).unsqueeze(-1)
Y = torch.tensor(future, dtype=torch.float32)


# --- model
class LevelLSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, 32, batch_first=True)
        self.fc = nn.Linear(32, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[:, -1])


model = LevelLSTM()
loss_fn = nn.MSELoss()
opt = torch.optim.Adam(model.parameters(), lr=5e-3)

# --- training
for epoch in range(10):
    perm = torch.randperm(split)
    epoch_loss = 0.0
    for start in range(0, split, 64):
        batch = perm[start:start + 64]
        opt.zero_grad()
        pred = model(X[batch])
        loss = loss_fn(pred, Y[batch])
        loss.backward()
        opt.step()
        epoch_loss += loss.item() * len(batch)
    print(f"epoch {epoch + 1}, loss {epoch_loss / split:.4f}")

# --- how good is the forecast?
with torch.no_grad():
    forecast = model(X[split:]).numpy().ravel()
rmse = float(np.sqrt(np.mean((forecast - Y[split:].numpy()) ** 2)))
print(f"test rmse {rmse:.3f} (standard deviation of the level is 1)")
