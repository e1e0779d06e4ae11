import numpy as np
import torch
import torch.nn as nn


class FlowRegressor:
    """sklearn-like wrapper around a small network."""

    def __init__(self, hidden=(48, 48), lr=2e-3, alpha=1e-5, epochs=40, batch_size=50, random_state=0):
        self.hidden = hidden
        self.lr = lr
        self.alpha = alpha
        self.epochs = epochs
        self.batch_size = batch_size
        self.random_state = random_state

    def _build(self, n_features):
        widths = [n_features, *self.hidden]
        layers = []
        for a, b in zip(widths, widths[1:]):
            layers += [nn.Linear(a, b), nn.SiLU()]
        return nn.Sequential(*layers, nn.Linear(widths[-1], 1))

    def fit(self, X, y):
        torch.manual_seed(self.random_state)
        self.x_mean_, self.x_std_ = X.mean(0), X.std(0)
        self.y_mean_, self.y_std_ = y.mean(), y.std()
        X_ = torch.tensor((X - self.x_mean_) / self.x_std_, dtype=torch.float32)
        y_ = torch.tensor((y - self.y_mean_) / self.y_std_, dtype=torch.float32).unsqueeze(1)
        self.net_ = self._build(X.shape[1])
        opt = torch.optim.Adam(self.net_.parameters(), lr=self.lr)
        self.history_ = []
        for _ in range(self.epochs):
            epoch_loss = []
            for idx in torch.randperm(len(X_)).split(self.batch_size):
                mse = nn.functional.mse_loss(self.net_(X_[idx]), y_[idx])
                penalty = sum(w.pow(2).sum() for w in self.net_.parameters())
                opt.zero_grad()
                (mse + self.alpha * penalty).backward()
                opt.step()
                epoch_loss.append(mse.item())
            self.history_.append(np.mean(epoch_loss))
        return self

    def predict(self, X):
        with torch.no_grad():
            z = self.net_(torch.tensor((X - self.x_mean_) / self.x_std_, dtype=torch.float32))
        return z.squeeze(1).numpy() * self.y_std_ + self.y_mean_

    def score(self, X, y):
        return 1 - ((self.predict(X) - y) ** 2).mean() / y.var()


rng = np.random.default_rng(6)
X = rng.uniform(-1, 1, (3000, 9)) * [300, 5, 1, 20, 2, 1, 90, 4, 1] + [1500, 10, 3, 60, 8, 2, 200, 9, 5]
u = (X - X.mean(0)) / X.std(0)
y = 40 + 6 * u[:, 0] * u[:, 1] + 5 * np.sin(2 * u[:, 2]) + 4 * np.abs(u[:, 3]) - 3 * u[:, 4] + rng.normal(0, 0.8, 3000)
reg = FlowRegressor(random_state=6).fit(X[:2400], y[:2400])
print("train mse by epoch:", " ".join(f"{m:.3f}" for m in reg.history_[::8]))
print(f"R2 train {reg.score(X[:2400], y[:2400]):.3f}  R2 test {reg.score(X[2400:], y[2400:]):.3f}")
