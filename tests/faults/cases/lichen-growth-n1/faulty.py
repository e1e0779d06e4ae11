import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(0)
np.random.seed(0)


class LichenDataset(Dataset):
    def __init__(self, features, growth):
        self.features = torch.tensor(features, dtype=torch.float32)
        self.growth = torch.tensor(growth, dtype=torch.float32)

    def __len__(self):
        return len(self.growth)

    def __getitem__(self, idx):
        return self.features[idx], self.growth[idx]


def survey(n):
    humidity = np.random.uniform(40, 95, n)
    temperature = np.random.normal(9, 5, n)
    light = np.random.uniform(5, 60, n)
    acidity = np.random.normal(6.5, 0.8, n)
    age = np.random.exponential(20, n) + 1
    growth = (0.02 * (humidity - 40) * np.exp(-((temperature - 11) / 7) ** 2) + 0.3 * np.sqrt(light)
              - 0.4 * (acidity - 6) ** 2 + 0.8 * np.exp(-age / 15) + np.random.normal(0, 0.08, n))
    return np.column_stack([humidity, temperature, light, acidity, age]), growth


X, y = survey(2400)
X_train, y_train, X_val, y_val = X[:2000], y[:2000], X[2000:], y[2000:]
mean, std = X_train.mean(axis=0), X_train.std(axis=0)
X_train, X_val = (X_train - mean) / std, (X_val - mean) / std
y_mean, y_std = y_train.mean(), y_train.std()
train_loader = DataLoader(LichenDataset(X_train, (y_train - y_mean) / y_std), batch_size=32, shuffle=True)
val_loader = DataLoader(LichenDataset(X_val, (y_val - y_mean) / y_std), batch_size=100)

model = nn.Sequential(
    nn.Linear(5, 64),
    nn.ReLU(),
    nn.Linear(64, 64),
    nn.ReLU(),
    nn.Linear(64, 1),
)
loss_fn = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.001)


def train(loader):
    model.train()
    total = 0.0
    for features, growth in loader:
        pred = model(features)
        loss = loss_fn(pred, growth)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(features)
    return total / len(loader.dataset)


def validate(loader):
    model.eval()
    preds, targets = [], []
    with torch.no_grad():
        for features, growth in loader:
            preds.append(model(features).flatten())
            targets.append(growth)
    preds, targets = torch.cat(preds), torch.cat(targets)
    mae = (preds - targets).abs().mean().item() * y_std
    r2 = 1 - ((preds - targets) ** 2).sum() / ((targets - targets.mean()) ** 2).sum()
    return mae, r2.item()


epochs = 25
for t in range(epochs):
    train_loss = train(train_loader)
    mae, r2 = validate(val_loader)
    print(f"Epoch {t + 1}: train loss {train_loss:.4f}, val MAE {mae:.3f} mm, val R2 {r2:.3f}")
