import numpy as np
import torch
from sklearn.datasets import make_friedman1
from torch import nn


class YieldModel:
    """A small network with the usual fit and predict."""

    def __init__(self, n_features, hidden=64, lr=2e-3, epochs=25, batch_size=50, seed=5):
        torch.manual_seed(seed)
        self.net = nn.Sequential(
            nn.Linear(n_features, hidden), nn.LeakyReLU(0.1),
            nn.Linear(hidden, hidden), nn.LeakyReLU(0.1),
            nn.Linear(hidden, 1),
        )
        self.lr, self.epochs, self.batch_size = lr, epochs, batch_size

    def fit(self, x, y, report):
        self.scale_x = x.mean(0), x.std(0)
        self.scale_y = y.mean(), y.std()
        x = self._tensor((x - self.scale_x[0]) / self.scale_x[1])
        target = self._tensor((y - self.scale_y[0]) / self.scale_y[1]).reshape(-1, 1)
        optimizer = torch.optim.Adam(self.net.parameters(), lr=self.lr)
        huber = nn.SmoothL1Loss()
        for epoch in range(1, self.epochs + 1):
            self.net.train()
            running = 0.0
            for rows in torch.randperm(len(x)).split(self.batch_size):
                loss = huber(self.net(x[rows]), target[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                running += loss.item() * len(rows) / len(x)
            if epoch % 5 == 0:
                print(f"epoch {epoch} loss {running:.4f} mean error {report(self):.2f} t")
        return self

    @torch.no_grad()
    def predict(self, x):
        self.net.eval()
        out = self.net(self._tensor((x - self.scale_x[0]) / self.scale_x[1]))
        return out * self.scale_y[1] + self.scale_y[0]

    @staticmethod
    def _tensor(a):
        return torch.tensor(a, dtype=torch.float32)


x, y = make_friedman1(2600, n_features=8, noise=0.5, random_state=5)
x_train, y_train, x_test, y_test = x[:2000], y[:2000], x[2000:], y[2000:]


def mean_error(model):
    prediction = model.predict(x_test)
    return np.abs(prediction[:, 0].numpy() - y_test).mean()


YieldModel(x.shape[1]).fit(x_train, y_train, report=mean_error)
