import numpy as np
import torch
from skorch import NeuralNetRegressor
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn


def survey(n=3000, seed=5):
    rng = np.random.default_rng(seed)
    length = rng.uniform(40, 110, n)
    beam = rng.uniform(5, 11.4, n)
    fore = rng.uniform(0.6, 3.2, n)
    aft = fore + rng.normal(0, 0.25, n)
    density = rng.normal(1.0, 0.012, n)
    age = rng.uniform(0, 60, n)
    fuel = rng.uniform(5, 40, n)
    draught = (fore + aft) / 2 - 0.15 * np.abs(aft - fore)
    load = length * beam * draught * 0.88 * density - 1.1 * length * np.sqrt(beam) - 2 * fuel - 0.8 * age
    X = np.column_stack([length, beam, fore, aft, density, age, fuel])
    return X.astype(np.float32), (load + rng.normal(0, 40, n)).astype(np.float32)[:, None]


class LoadNet(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(7, width), nn.ReLU(),
            nn.Linear(width, width), nn.ReLU(),
            nn.Linear(width, 1),
        )

    def forward(self, X):
        return self.layers(X)


torch.manual_seed(5)
X, y = survey()
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=5)
x_scaler, y_scaler = StandardScaler().fit(X_train), StandardScaler().fit(y_train)

net = NeuralNetRegressor(
    LoadNet,
    criterion=nn.MSELoss,
    optimizer=torch.optim.Adam,
    lr=5e-4,
    max_epochs=10,
    batch_size=128,
    iterator_train__shuffle=True,
)
net.fit(x_scaler.transform(X_train), y_scaler.transform(y_train))

predicted = y_scaler.inverse_transform(net.predict(x_scaler.transform(X_test)))
error = np.abs(predicted - y_test).mean()
print(f"test: mean error {error:.1f} t, R2 {r2_score(y_test, predicted):.4f}")
