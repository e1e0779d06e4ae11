import numpy as np
import torch
from skorch import NeuralNetBinaryClassifier
from skorch.callbacks import EpochScoring
from sklearn.metrics import balanced_accuracy_score
from torch import nn


def load_table(n=3000, seed=23):
    """Logger rows: air, leaf, humidity, light, soil moisture, CO2. Gaps in the log stay empty."""
    rng = np.random.default_rng(seed)
    air = rng.normal(24, 4, n)
    leaf = air + rng.normal(0.5, 1, n)
    humidity = rng.uniform(40, 95, n)
    light = rng.gamma(2, 150, n)
    soil = rng.uniform(0.1, 0.5, n)
    co2 = rng.normal(600, 120, n)
    score = 0.5 * (air - 24) + 0.05 * (humidity - 68) + 0.004 * (light - 300) + 0.02 * (air - 24) * (humidity - 68)
    opened = score + rng.normal(0, 0.6, n) > 0
    table = np.column_stack([air, leaf, humidity, light, soil, co2])
    gaps = rng.random((n, 2)) < 0.02
    table[:, [4, 5]] = np.where(gaps, np.nan, table[:, [4, 5]])
    return table.astype(np.float32), opened.astype(np.float32)


class VentNet(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(6, width), nn.Tanh(),
            nn.Linear(width, width), nn.Tanh(),
            nn.Linear(width, 1),
        )

    def forward(self, X):
        return self.net(X).squeeze(-1)


def main():
    torch.manual_seed(23)
    X, y = load_table()
    split = int(0.8 * len(X))
    mean, std = np.nanmean(X[:split], axis=0), np.nanstd(X[:split], axis=0)
    X = (np.where(np.isnan(X), mean, X) - mean) / std

    net = NeuralNetBinaryClassifier(
        VentNet,
        max_epochs=20,
        lr=5e-3,
        batch_size=60,
        optimizer=torch.optim.Adam,
        iterator_train__shuffle=True,
        callbacks=[EpochScoring("balanced_accuracy", lower_is_better=False)],
    )
    net.fit(X[:split], y[:split])
    said = net.predict(X[split:])
    print("last training loss", round(net.history[-1, "train_loss"], 4))
    print("balanced accuracy on the last fifth: %.3f" % balanced_accuracy_score(y[split:], said))


if __name__ == "__main__":
    main()
