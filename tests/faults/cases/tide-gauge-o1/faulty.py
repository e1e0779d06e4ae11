import numpy as np
import torch
from sklearn.metrics import r2_score
from skorch import NeuralNetRegressor
from skorch.callbacks import EarlyStopping
from torch import nn

torch.manual_seed(2)
np.random.seed(2)

# sea level at a gauge, hourly, as anomaly in standard deviations
hours = np.arange(6000)
moon = np.sin(2 * np.pi * hours / 12.42)
sun = 0.45 * np.sin(2 * np.pi * hours / 12.0 + 1.0)
daily = 0.3 * np.sin(2 * np.pi * hours / 25.82)
surge = np.zeros(len(hours))
for t in range(1, len(hours)):
    surge[t] = 0.97 * surge[t - 1] + 0.04 * np.random.randn()
level = moon + sun + daily + surge

WINDOW, AHEAD = 30, 3
cut = 4800
level = (level - level[:cut].mean()) / level[:cut].std()
starts = np.arange(len(level) - WINDOW - AHEAD + 1)
X = np.stack([level[s:s + WINDOW] for s in starts]).astype(np.float32)
y = level[starts + WINDOW + AHEAD - 1].astype(np.float32).reshape(-1, 1)
first_test = cut
X_train, y_train = X[: cut - WINDOW - AHEAD], y[: cut - WINDOW - AHEAD]
X_test, y_test = X[first_test:], y[first_test:]


class Forecaster(nn.Module):
    def __init__(self, window=WINDOW, hidden=64):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(window, hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, 1),
            nn.ReLU(),
        )

    def forward(self, x):
        return self.net(x)


net = NeuralNetRegressor(
    Forecaster,
    optimizer=torch.optim.Adam,
    lr=1e-3,
    batch_size=64,
    max_epochs=20,
    iterator_train__shuffle=True,
    callbacks=[EarlyStopping(patience=8)],
)
net.fit(X_train, y_train)

forecast = net.predict(X_test)
rmse = float(np.sqrt(np.mean((forecast - y_test) ** 2)))
print(f"forecast {AHEAD} hours ahead on the test weeks: RMSE {rmse:.3f}, R2 {r2_score(y_test, forecast):.3f}")
