import numpy as np
import torch
import torch.nn as nn
from sklearn.compose import TransformedTargetRegressor
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetRegressor

torch.manual_seed(8)


def melts(n=3000, seed=8):
    rng = np.random.default_rng(seed)
    oxides = rng.dirichlet([14, 3, 2.5, 1.5, 1, 0.8, 0.5], n)
    silica, soda, lime, alumina, boron, potash, magnesia = oxides.T
    hardness = (3.5 + 4 * silica + 9 * alumina - 5 * soda - 3 * potash + 4 * magnesia
                + 18 * boron * (silica - 0.6) + 3 * np.tanh(20 * (lime - 0.1)) * alumina * 4)
    cooling = rng.uniform(-1, 1, n)
    hardness += 0.3 * cooling**2 + 0.06 * rng.normal(size=n)
    return np.column_stack([oxides, cooling]).astype(np.float32), hardness.astype(np.float32).reshape(-1, 1)


class HardnessNet(nn.Module):
    def __init__(self, hidden=48):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(8, hidden), nn.ELU(),
            nn.Linear(hidden, hidden), nn.ELU(),
            nn.Linear(hidden, 1))

    def forward(self, X):
        return self.layers(X)


X, y = melts()
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=8)

net = NeuralNetRegressor(
    HardnessNet,
    criterion=nn.MSELoss,
    optimizer=torch.optim.Adam,
    optimizer__lr=3e-3,
    optimizer__weight_decay=1e-5,
    batch_size=64,
    max_epochs=20,
    iterator_train__shuffle=True,
)
model = TransformedTargetRegressor(
    Pipeline([("scale", StandardScaler()), ("net", net)]), transformer=StandardScaler(), check_inverse=False)
model.fit(X_train, y_train)
pred = model.predict(X_test)
print(f"test mae {mean_absolute_error(y_test, pred):.3f} r2 {r2_score(y_test, pred):.3f}")
