import numpy as np
import torch
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn

torch.manual_seed(33)
rng = np.random.default_rng(33)

# cement, slag, water, plasticizer, coarse, fine (kg/m3), age (days)
n = 1600
cement = rng.uniform(150, 500, n)
slag = rng.uniform(0, 200, n)
water = rng.uniform(140, 220, n)
plasticizer = rng.uniform(0, 20, n)
coarse = rng.uniform(800, 1100, n)
fine = rng.uniform(600, 950, n)
age = rng.choice([3, 7, 14, 28, 56, 90], n)
binder = cement + 0.7 * slag
strength = 21 * (binder / water) ** 0.9 * (0.25 + 0.22 * np.log(age)) + 0.4 * plasticizer + rng.normal(0, 2, n)

X = np.column_stack([cement, slag, water, plasticizer, coarse, fine, np.log(age)])
X_train, X_test, y_train, y_test = train_test_split(X, strength, test_size=0.2, random_state=33)

x_scaler = StandardScaler()
X_train = x_scaler.fit_transform(X_train).astype(np.float32)
X_test = x_scaler.transform(X_test).astype(np.float32)
mean, std = y_train.mean(), y_train.std()
y_train = ((y_train - mean) / std).astype(np.float32)
y_test = ((y_test - mean) / std).astype(np.float32)


class MixNet(nn.Module):
    def __init__(self, hidden=50):
        super().__init__()
        self.dense0 = nn.Linear(7, hidden)
        self.dense1 = nn.Linear(hidden, hidden)
        self.output = nn.Linear(hidden, 1)

    def forward(self, X):
        X = torch.relu(self.dense0(X))
        X = torch.relu(self.dense1(X))
        return self.output(X)


X_train, X_test = torch.from_numpy(X_train), torch.from_numpy(X_test)
y_train, y_test = torch.from_numpy(y_train), torch.from_numpy(y_test)
net = MixNet()
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)

for epoch in range(25):
    net.train()
    losses = []
    for i in torch.randperm(len(X_train)).split(32):
        optimizer.zero_grad()
        y_pred = net(X_train[i])
        loss = criterion(y_pred.squeeze(1), y_train[i])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1} training loss {np.mean(losses):.4f}")

net.eval()
with torch.no_grad():
    pred = net(X_test).reshape(-1).numpy()
y_test = y_test.numpy()
rmse = float(np.sqrt(np.mean((pred - y_test) ** 2))) * std
r2 = 1 - np.sum((pred - y_test) ** 2) / np.sum((y_test - y_test.mean()) ** 2)
print(f"test RMSE {rmse:.2f} MPa, R2 {r2:.3f}")
