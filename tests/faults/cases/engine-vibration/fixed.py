import numpy as np
import torch
import torch.nn as nn
from sklearn.metrics import r2_score

WINDOW, SENSORS = 20, 5


def engines(n, seed):
    rng = np.random.default_rng(seed)
    wear = rng.uniform(0, 1, n)
    speed = rng.uniform(0.5, 1.5, n)
    t = np.arange(WINDOW) / WINDOW
    x = np.empty((n, WINDOW, SENSORS), dtype=np.float32)
    level = wear[:, None] + 0.4 * speed[:, None] * t
    x[..., 0] = level + rng.normal(0, 0.15, level.shape)
    x[..., 1] = np.sin(12 * t)[None] * speed[:, None] + rng.normal(0, 0.2, level.shape)
    x[..., 2] = level ** 2 + rng.normal(0, 0.2, level.shape)
    x[..., 3] = speed[:, None] + rng.normal(0, 0.2, level.shape)
    x[..., 4] = rng.normal(0, 1, level.shape)
    life = (1.6 - wear) / speed
    return x, life.astype(np.float32)


class LifeModel(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.gru = nn.GRU(SENSORS, hidden)
        self.fc = nn.Linear(hidden, 1)

    def forward(self, x):
        batch, steps, sensors = x.size()
        x = x.transpose(0, 1)
        out, _ = self.gru(x)
        return self.fc(out[-1]).squeeze(1)


x_train, y_train = engines(3000, 1)
x_test, y_test = engines(640, 2)
mean, std = x_train.mean((0, 1)), x_train.std((0, 1))
x_train, x_test = torch.tensor((x_train - mean) / std), torch.tensor((x_test - mean) / std)
y_mean, y_std = y_train.mean(), y_train.std()
t_train = torch.tensor((y_train - y_mean) / y_std)

torch.manual_seed(1)
model = LifeModel()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
mse = nn.MSELoss()
for epoch in range(1, 16):
    model.train()
    epoch_loss = 0.0
    order = torch.randperm(len(x_train))
    for start in range(0, 2944, 64):
        rows = order[start:start + 64]
        optimizer.zero_grad()
        loss = mse(model(x_train[rows]), t_train[rows])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        epoch_loss += loss.item() / 46
    model.eval()
    with torch.no_grad():
        guess = torch.cat([model(chunk) for chunk in x_test.split(64)]).numpy() * y_std + y_mean
    if epoch % 3 == 0:
        print(f"epoch {epoch:2d} loss {epoch_loss:.4f} test R2 {r2_score(y_test, guess):.3f}")
