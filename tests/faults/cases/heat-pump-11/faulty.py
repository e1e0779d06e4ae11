import numpy as np
import torch
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

rng = np.random.default_rng(11)
torch.manual_seed(11)


def weather(days):
    season = -np.cos(2 * np.pi * (days - 20) / 365)
    temperature = 9 + 11 * season + rng.normal(0, 3, len(days))
    sun = np.clip(3.5 + 3 * season + rng.normal(0, 1.5, len(days)), 0, None)
    wind = rng.gamma(2, 2, len(days))
    return np.column_stack([temperature, sun, wind])


def electricity(w):
    need = np.maximum(0, 18 - w[:, 0]) * (1 + 0.03 * w[:, 2]) - 0.5 * w[:, 1]
    performance = 3.2 + 0.06 * w[:, 0]
    return 4 * np.maximum(need, 0) / performance + 2 + rng.normal(0, 0.3, len(w))


train_days = rng.integers(0, 365, 3000)
test_days = rng.integers(365, 365 + 31, 400)
w_train, w_test = weather(train_days), weather(test_days)
kwh_train, kwh_test = electricity(w_train), electricity(w_test)

scaler = StandardScaler()
X_train = scaler.fit_transform(w_train)
X_test = scaler.fit_transform(w_test)
mean_kwh, std_kwh = kwh_train.mean(), kwh_train.std()

f32 = torch.float32
train_loader = DataLoader(
    TensorDataset(torch.tensor(X_train, dtype=f32), torch.tensor((kwh_train - mean_kwh) / std_kwh, dtype=f32)),
    batch_size=50, shuffle=True)

net = nn.Sequential(nn.Linear(3, 32), nn.SiLU(), nn.Linear(32, 32), nn.SiLU(), nn.Linear(32, 1), nn.Flatten(0))
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
huber = nn.HuberLoss()

for epoch in range(1, 21):
    net.train()
    train_loss = 0.0
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = huber(net(x), y)
        loss.backward()
        optimizer.step()
        train_loss += loss.item() / len(train_loader)
    if epoch % 5 == 0:
        net.eval()
        with torch.no_grad():
            guess = net(torch.tensor(X_test, dtype=f32)).numpy() * std_kwh + mean_kwh
        error = np.abs(guess - kwh_test).mean()
        print(f"epoch {epoch:2d} train loss {train_loss:.4f} mean error in January {error:.2f} kWh a day")
