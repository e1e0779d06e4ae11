import numpy as np
import torch
import torch.nn as nn

np.random.seed(1)
torch.manual_seed(1)

# one row per day: air temperature [K], pressure [Pa], relative humidity, wind [m/s], radiation [W/m2]
n = 3000
temp = np.random.uniform(275, 312, n)
pressure = np.random.uniform(95000, 104000, n)
humidity = np.random.uniform(0.2, 0.98, n)
wind = np.random.gamma(2.0, 1.6, n)
radiation = np.random.uniform(20, 340, n)

saturation = 6.11 * np.exp(17.3 * (temp - 273.15) / (temp - 35.9))
evaporation = 0.0012 * radiation + 0.011 * (1 + 0.54 * wind) * saturation * (1 - humidity) * (101325 / pressure)
evaporation += np.random.normal(0, 0.02, n)  # cm per day

X = np.stack([temp, pressure, humidity, wind, radiation], axis=1).astype(np.float32)
y = evaporation.astype(np.float32).reshape(-1, 1)

X = (X - X[:2400].mean(axis=0)) / X[:2400].std(axis=0)
X = torch.from_numpy(X)
y = torch.from_numpy(y)
X_train, y_train = X[:2400], y[:2400]
X_test, y_test = X[2400:], y[2400:]

model = nn.Sequential(
    nn.Linear(5, 32),
    nn.ReLU(),
    nn.Linear(32, 32),
    nn.ReLU(),
    nn.Linear(32, 1),
)
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.003)

batch_size = 32
for epoch in range(40):
    model.train()
    perm = torch.randperm(len(X_train))
    train_loss = 0.0
    for i in range(0, len(X_train), batch_size):
        idx = perm[i:i + batch_size]
        optimizer.zero_grad()
        loss = criterion(model(X_train[idx]), y_train[idx])
        loss.backward()
        optimizer.step()
        train_loss += loss.item() * len(idx)

    model.eval()
    with torch.no_grad():
        test_loss = criterion(model(X_test), y_test).item()
    r2 = 1 - test_loss / y_test.var().item()
    print("epoch %d train loss %.4f test loss %.4f test R2 %.3f" % (epoch + 1, train_loss / len(X_train), test_loss, r2))
