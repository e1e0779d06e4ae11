import numpy as np
import torch
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def hourly_table(n=3500, seed=12):
    rng = np.random.default_rng(seed)
    hour = rng.integers(0, 24, n)
    weekend = rng.integers(0, 7, n) >= 5
    temp = rng.normal(15, 8, n)
    humidity = rng.uniform(20, 100, n)
    wind = rng.gamma(2.0, 6.0, n)
    peak = np.exp(-((hour - 8) ** 2) / 6) + np.exp(-((hour - 17) ** 2) / 8)
    lazy = np.exp(-((hour - 14) ** 2) / 18)
    demand = 60 + 260 * np.where(weekend, lazy, peak) + 5 * temp - 0.6 * humidity - 0.8 * wind
    rentals = np.maximum(demand + rng.normal(0, 18, n), 0)
    wind[rng.random(n) < 0.02] = np.nan          # station offline
    clock = 2 * np.pi * hour / 24
    X = np.column_stack([np.sin(clock), np.cos(clock), np.sin(2 * clock), np.cos(2 * clock), weekend, temp, humidity, wind])
    return X, rentals


class RentalNet(nn.Module):
    def __init__(self, n_in, width=64):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(n_in, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU())
        self.out = nn.Linear(width, 1)

    def forward(self, x):
        return self.out(self.body(x)).squeeze(-1)


torch.manual_seed(12)
X, rentals = hourly_table()
X_train, X_val, y_train, y_val = train_test_split(X, rentals, test_size=0.2, random_state=12)
x_scaler = StandardScaler().fit(X_train)
y_mean, y_std = y_train.mean(), y_train.std()


def to_tensors(X, y):
    features = np.nan_to_num(x_scaler.transform(X))
    return torch.tensor(features, dtype=torch.float32), torch.tensor((y - y_mean) / y_std, dtype=torch.float32)


train_ds = TensorDataset(*to_tensors(X_train, y_train))
val_x, val_y = to_tensors(X_val, y_val)
train_dl = DataLoader(train_ds, batch_size=64, shuffle=True)

model = RentalNet(X.shape[1])
opt = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-4)
mse = nn.MSELoss()
for epoch in range(16):
    model.train()
    losses = []
    for xb, yb in train_dl:
        opt.zero_grad()
        loss = mse(model(xb), yb)
        loss.backward()
        opt.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        pred = model(val_x)
        val_loss = mse(pred, val_y).item()
    print(f"epoch {epoch:2d} train mse {np.mean(losses):.4f} val mse {val_loss:.4f}")

score = float("nan") if torch.isnan(pred).any() else r2_score(val_y.numpy(), pred.numpy())
print(f"validation R2 {score:.3f}")
