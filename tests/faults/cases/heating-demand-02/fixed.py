import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

rng = np.random.default_rng(2)
torch.manual_seed(2)


def houses(n):
    area = rng.uniform(60, 320, n)
    wall_u = rng.uniform(0.15, 1.4, n)
    glazing = rng.uniform(0.08, 0.35, n)
    degree_days = rng.uniform(1800, 4200, n)
    people = rng.integers(1, 7, n)
    loss = area * (2.2 * wall_u * (1 - glazing) + 1.3 * glazing) * degree_days * 0.024
    kwh = loss + 700 * people + rng.normal(0, 600, n)
    return np.column_stack([area, wall_u, glazing, degree_days, people]), kwh


x_train, y_train = houses(2400)
x_test, y_test = houses(600)

mean, std = x_train.mean(0), x_train.std(0)
x_train = (x_train - mean) / std
x_test = (x_test - mean) / std

x_train = torch.tensor(x_train, dtype=torch.float32)
x_test = torch.tensor(x_test, dtype=torch.float32)
y_test = torch.tensor(y_test, dtype=torch.float32)

targets = torch.tensor((y_train - y_train.mean()) / y_train.std(), dtype=torch.float32)


class Regressor(nn.Module):
    def __init__(self, n_in, hidden=48):
        super().__init__()
        self.fc1 = nn.Linear(n_in, hidden)
        self.fc2 = nn.Linear(hidden, hidden)
        self.out = nn.Linear(hidden, 1)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.out(x).squeeze(-1)


model = Regressor(x_train.shape[1])
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

for epoch in range(1, 41):
    model.train()
    for idx in torch.randperm(len(x_train)).split(64):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x_train[idx]), targets[idx])
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        pred = model(x_test) * y_train.std() + y_train.mean()
        mae = (pred - y_test).abs().mean()
        r2 = 1 - ((pred - y_test) ** 2).sum() / ((y_test - y_test.mean()) ** 2).sum()
    if epoch % 10 == 0:
        print(f"epoch {epoch} test mae {mae.item():.0f} kWh, r2 {r2.item():.3f}")
