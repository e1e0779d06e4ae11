import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class LiftRegressor:
    """Small scikit-learn style wrapper: fit, predict, score."""

    def __init__(self, sizes=(5, 48, 48, 1), lr=2e-3, epochs=20, batch_size=40, seed=1):
        torch.manual_seed(seed)
        self.net = self.build(sizes)
        self.epochs, self.batch_size = epochs, batch_size
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=lr)
        self.criterion = nn.MSELoss()

    @staticmethod
    def build(sizes):
        layers = []
        for n_in, n_out in zip(sizes[:-1], sizes[1:]):
            layers += [nn.Linear(n_in, n_out), nn.ReLU()]
        return nn.Sequential(*layers)

    def fit(self, X, y, X_val, y_val):
        self.x_mean, self.x_std = X.mean(0), X.std(0)
        self.y_mean, self.y_std = y.mean(), y.std()
        data = TensorDataset(self._x(X), self._y(y))
        loader = DataLoader(data, batch_size=self.batch_size, shuffle=True)
        for epoch in range(1, self.epochs + 1):
            self.net.train()
            total = 0.0
            for xb, yb in loader:
                self.optimizer.zero_grad()
                loss = self.criterion(self.net(xb), yb)
                loss.backward()
                self.optimizer.step()
                total += loss.item() * len(xb)
            if epoch % 4 == 0:
                print(f"epoch {epoch:2d}: training loss {total / len(data):.4f}, validation R2 {self.score(X_val, y_val):.4f}")
        return self

    def _x(self, X):
        return torch.tensor((X - self.x_mean) / self.x_std, dtype=torch.float32)

    def _y(self, y):
        return torch.tensor((y - self.y_mean) / self.y_std, dtype=torch.float32).reshape(-1, 1)

    @torch.no_grad()
    def predict(self, X):
        self.net.eval()
        return self.net(self._x(X)).numpy()[:, 0] * self.y_std + self.y_mean

    def score(self, X, y):
        return 1 - np.mean((self.predict(X) - y) ** 2) / np.var(y)


def wind_tunnel(n, rng):
    wind = rng.uniform(3, 12, n)
    angle = rng.uniform(5, 35, n)
    area = rng.uniform(0.4, 1.6, n)
    tail = rng.uniform(0, 3, n)
    line = rng.uniform(10, 60, n)
    coefficient = np.sin(np.radians(2.6 * angle)) * 0.9
    lift = 0.6 * area * coefficient * wind ** 2 - 0.8 * tail - 0.05 * line
    return np.column_stack([wind, angle, area, tail, line]), lift + rng.normal(0, 0.8, n)


rng = np.random.default_rng(6)
X, y = wind_tunnel(2400, rng)
model = LiftRegressor().fit(X[:1800], y[:1800], X[1800:], y[1800:])
