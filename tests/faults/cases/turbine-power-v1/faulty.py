import numpy as np
import torch
import torch.nn as nn
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}


def Dense(n_in, units, activation=None):
    """Same signature as in the old notebook, plus the input size."""
    layers = [nn.Linear(n_in, units)]
    if activation is not None:
        layers.append(ACTIVATIONS[activation]())
    return nn.Sequential(*layers)


class Model(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.net = nn.Sequential(*layers)

    def compile(self, lr):
        self.optimizer = torch.optim.Adam(self.parameters(), lr=lr)
        self.loss = nn.MSELoss()

    def fit(self, x, y, validation_data, epochs, batch_size):
        for epoch in range(epochs):
            self.net.train()
            total = 0.0
            for idx in torch.randperm(len(x)).split(batch_size):
                self.optimizer.zero_grad()
                loss = self.loss(self.net(x[idx]), y[idx])
                loss.backward()
                self.optimizer.step()
                total += loss.item() * len(idx)
            if (epoch + 1) % 5 == 0:
                x_val, y_val = validation_data
                r2 = r2_score(y_val.numpy(), self.predict(x_val).numpy())
                print(f"Epoch {epoch + 1}/{epochs} loss: {total / len(x):.4f} val_r2: {r2:.4f}")

    def predict(self, x):
        self.net.eval()
        with torch.no_grad():
            return self.net(x)


def turbine(n, rng):
    wind = rng.weibull(2.0, n) * 9
    direction = rng.uniform(0, 360, n)
    density = rng.normal(1.22, 0.05, n)
    pitch = rng.uniform(0, 12, n)
    yaw_loss = np.cos(np.radians(direction - 200)) ** 2
    power = 2000 / (1 + np.exp(-(wind - 8.5) / 1.2)) * (0.35 + 0.65 * yaw_loss)
    power = np.where(wind > 16, 0.0, power) * density / 1.22 * (1 - (pitch / 20) ** 2)
    power = power + rng.normal(0, 25, n)
    east, north = np.sin(np.radians(direction)), np.cos(np.radians(direction))
    return np.column_stack([wind, east, north, density, pitch]), power[:, None]


torch.manual_seed(4)
X, p = turbine(4000, np.random.default_rng(4))
X_train, X_val, p_train, p_val = train_test_split(X, p, test_size=0.25, random_state=4)
sx, sy = StandardScaler().fit(X_train), StandardScaler().fit(p_train)


def as_tensor(a):
    return torch.tensor(a, dtype=torch.float32)


model = Model([
    Dense(5, 64),
    Dense(64, 64),
    Dense(64, 1),
])
model.compile(lr=2e-3)
model.fit(
    as_tensor(sx.transform(X_train)),
    as_tensor(sy.transform(p_train)),
    validation_data=(as_tensor(sx.transform(X_val)), as_tensor(sy.transform(p_val))),
    epochs=55,
    batch_size=64,
)
