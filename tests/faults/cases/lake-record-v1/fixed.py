import numpy as np
import torch
import torch.nn as nn

torch.manual_seed(3)
rng = np.random.default_rng(3)

# level of a lake in metres, read about six times a year since 1900
date = rng.uniform(1900, 2020, 720)
level = (
    3.1
    + 0.9 * np.sin((date - 1900) / 7.0)
    - 0.012 * (date - 1900)
    + 0.4 * np.cos((date - 1900) / 17.0)
    + rng.normal(0, 0.12, len(date))
)
n_train = 540

x = torch.tensor(date, dtype=torch.float32).unsqueeze(1)
x = (x - x[:n_train].mean()) / x[:n_train].std()
y = torch.tensor(level, dtype=torch.float32).unsqueeze(1)
y_mean, y_std = y[:n_train].mean(), y[:n_train].std()
y = (y - y_mean) / y_std

x_train, y_train = x[:n_train], y[:n_train]
x_val, y_val = x[n_train:], y[n_train:]

net = nn.Sequential(
    nn.Linear(1, 40),
    nn.Tanh(),
    nn.Linear(40, 40),
    nn.Tanh(),
    nn.Linear(40, 1),
)
loss_fn = nn.MSELoss()
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)

for epoch in range(301):
    net.train()
    perm = torch.randperm(n_train)
    running = 0.0
    for i in range(0, n_train, 60):
        idx = perm[i:i + 60]
        pred = net(x_train[idx])
        loss = loss_fn(pred, y_train[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        running += loss.item() * len(idx)
    if epoch % 50 == 0:
        net.eval()
        with torch.no_grad():
            val = loss_fn(net(x_val), y_val).item()
        rmse_cm = 100 * val ** 0.5 * y_std.item()
        print(f"epoch {epoch:3d}  train {running / n_train:.4f}  val {val:.4f}  val rmse {rmse_cm:.1f} cm")
