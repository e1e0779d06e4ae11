import numpy as np
import torch
from torch import nn

WINDOW, N_TRAIN, N_DAYS = 10, 3000, 4000


def inflow(n, seed):
    """Daily anomaly of the inflow; what is new each day has variance 1."""
    rng = np.random.default_rng(seed)
    x = np.zeros(n + 100)
    for t in range(2, len(x)):
        x[t] = 1.4 * x[t - 1] - 0.55 * x[t - 2] + rng.normal()
    return x[100:]


def features(x):
    """The series and its weekly mean, one row a day."""
    week = np.ones(7) / 7
    smooth = np.convolve(x, week, mode="same")
    return np.stack([x, smooth], axis=1)


def windows(table, x):
    """Inputs: the rows of days t-9..t. Target: day t+1."""
    rows = [table[t - WINDOW + 1:t + 1].ravel() for t in range(WINDOW - 1, len(x) - 1)]
    return torch.tensor(np.array(rows), dtype=torch.float32), torch.tensor(x[WINDOW:], dtype=torch.float32)


torch.manual_seed(30)
series = inflow(N_DAYS, seed=30)
scale = series[:N_TRAIN].std()
z = (series - series[:N_TRAIN].mean()) / scale
X, y = windows(features(z), z)
X_train, y_train = X[:N_TRAIN - WINDOW], y[:N_TRAIN - WINDOW]
X_val, y_val = X[N_TRAIN - WINDOW:], y[N_TRAIN - WINDOW:]

model = nn.Sequential(nn.Linear(2 * WINDOW, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01)


def forecast(history):
    """What runs each evening: only the days up to now are known."""
    recent = features(history)[-WINDOW:]
    return model(torch.tensor(recent.ravel(), dtype=torch.float32)).item()


for epoch in range(1, 21):
    model.train()
    for idx in torch.randperm(len(X_train)).split(32):
        loss = nn.functional.mse_loss(model(X_train[idx]).squeeze(1), y_train[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 4 == 0:
        model.eval()
        with torch.no_grad():
            val = nn.functional.mse_loss(model(X_val).squeeze(1), y_val).item() * scale ** 2
            live = np.mean([(forecast(z[:t]) - z[t]) ** 2 for t in range(N_TRAIN, N_DAYS, 2)]) * scale ** 2
        print(f"epoch {epoch}: validation mse {val:.3f}, live forecast mse {live:.3f}")
