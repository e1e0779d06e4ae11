import numpy as np
import torch
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from skorch import NeuralNetRegressor
from torch import nn


def fields(n, seed=0):
    """Columns: rain, mean temperature, nitrogen, acidity of the soil, days of sun, slope."""
    rng = np.random.default_rng(seed)
    rain = rng.gamma(9, 60, n)
    temperature = rng.normal(14, 3, n)
    nitrogen = rng.uniform(0, 220, n)
    acidity = rng.normal(6.4, 0.7, n)
    sun = rng.normal(150, 25, n)
    slope = rng.exponential(4, n)
    tons = 9 * np.exp(-(((rain - 560) / 260) ** 2)) * np.exp(-(((temperature - 15) / 6) ** 2))
    tons *= 0.5 + 0.5 * np.tanh(nitrogen / 90)
    tons -= 0.8 * (acidity - 6.5) ** 2 + 0.04 * slope - 0.008 * (sun - 150)
    X = np.column_stack([rain, temperature, nitrogen, acidity, sun, slope])
    return X, tons + rng.normal(0, 0.2, n)


class YieldNet(nn.Module):
    def __init__(self, n_in=6, width=48):
        super().__init__()
        self.hidden1 = nn.Linear(n_in, width)
        self.hidden2 = nn.Linear(width, width)
        self.out = nn.Linear(width, 1)

    def forward(self, X):
        X = torch.relu(self.hidden1(X))
        X = torch.relu(self.hidden2(X))
        return self.out(X)


torch.manual_seed(31)
X, y = fields(4000)
X_train, X_test, y_train, y_test = train_test_split(X, y.reshape(-1, 1), test_size=0.2, random_state=31)
target_scaler = StandardScaler().fit(y_train)

net = NeuralNetRegressor(
    YieldNet,
    optimizer=torch.optim.Adam,
    lr=2e-3,
    batch_size=64,
    max_epochs=30,
    iterator_train__shuffle=True,
    verbose=0,
)
to_float32 = FunctionTransformer(lambda a: a.astype(np.float32))
regressor = Pipeline([("scale", StandardScaler()), ("cast", to_float32), ("net", net)])
regressor.fit(X_train, target_scaler.transform(y_train).astype(np.float32))

for row in net.history[::6]:
    print(f"epoch {row['epoch']:3d}  train {row['train_loss']:.4f}  valid {row['valid_loss']:.4f}")
pred = target_scaler.inverse_transform(regressor.predict(X_test))
print(f"test: mean error {mean_absolute_error(y_test, pred):.3f} t/ha, R2 {r2_score(y_test, pred):.3f}")
