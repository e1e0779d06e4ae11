import numpy as np
import torch
import torch.nn as nn
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset


def donors(n=3000):
    rng = np.random.RandomState(8)
    recency = rng.exponential(9, n)
    times = 1 + rng.poisson(5, n)
    months = recency + times * rng.uniform(2, 6, n)
    volume = times * 250 + rng.normal(0, 30, n)
    score = 1.2 * np.log1p(times) - 0.15 * recency + 0.02 * (months - 30) - 0.6 + rng.logistic(0, 0.4, n)
    X = np.stack([recency, times, months, volume], axis=1)
    return X, (score > 0).astype(np.float32)


X, y = donors()
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=1)
mean, std = X_train.mean(axis=0), X_train.std(axis=0)
X_train = torch.tensor((X_train - mean) / std, dtype=torch.float32)
X_test = torch.tensor((X_test - mean) / std, dtype=torch.float32)
y_train, y_test = torch.tensor(y_train)[:, None], torch.tensor(y_test)[:, None]

torch.manual_seed(1)
model = nn.Sequential(
    nn.Linear(4, 32),
    nn.ReLU(),
    nn.Linear(32, 16),
    nn.ReLU(),
    nn.Linear(16, 1),
    nn.Sigmoid(),
)
criterion = nn.BCELoss()
optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3)
loader = DataLoader(TensorDataset(X_train, y_train), batch_size=32, shuffle=True)

for epoch in range(15):
    model.train()
    total = 0.0
    for features, target in loader:
        optimizer.zero_grad()
        loss = criterion(model(features), target)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(features)
    model.eval()
    with torch.no_grad():
        p = model(X_test)
        accuracy = ((p > 0.5) == (y_test > 0.5)).float().mean().item()
    print("epoch {:2d} loss {:.4f} test loss {:.4f} test accuracy {:.4f}".format(
        epoch + 1, total / len(X_train), criterion(p, y_test).item(), accuracy))
