import numpy as np
import torch
import torch.nn as nn
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetRegressor

torch.manual_seed(1)
rng = np.random.RandomState(1)

# cement, slag, water, superplasticizer, coarse aggregate, fine aggregate, age
n = 2000
cement = rng.uniform(100, 540, n)
slag = rng.uniform(0, 300, n)
water = rng.uniform(125, 240, n)
plasticizer = rng.uniform(0, 25, n)
coarse = rng.uniform(800, 1140, n)
fine = rng.uniform(600, 990, n)
age = rng.choice([3, 7, 14, 28, 56, 90], n)
strength = 30 * (cement + 0.5 * slag) / (water * 2) + 8 * np.log(age) - 18 + 0.25 * plasticizer
strength = strength + rng.normal(0, 1.5, n)

X = np.stack([cement, slag, water, plasticizer, coarse, fine, np.log(age)], axis=1).astype(np.float32)
y = strength.astype(np.float32)
y_scaled = (y - y.mean()) / y.std()

X_train, X_test, y_train, y_test = train_test_split(X, y_scaled, test_size=0.25, random_state=0)


class RegressorModule(nn.Module):
    def __init__(self, num_units=40, nonlin=nn.ReLU):
        super().__init__()
        self.dense0 = nn.Linear(7, num_units)
        self.nonlin = nonlin()
        self.dense1 = nn.Linear(num_units, num_units)
        self.output = nn.Linear(num_units, 1)

    def forward(self, X, **kwargs):
        X = self.nonlin(self.dense0(X))
        X = self.nonlin(self.dense1(X))
        return self.output(X)


net = NeuralNetRegressor(
    RegressorModule,
    criterion=nn.MSELoss,
    optimizer=torch.optim.Adam,
    lr=3e-3,
    max_epochs=25,
    batch_size=64,
    iterator_train__shuffle=True,
)
pipe = Pipeline([("scale", StandardScaler()), ("net", net)])
pipe.fit(X_train, y_train)

y_pred = pipe.predict(X_test)
print("MAE (MPa): %.2f, R2: %.3f" % (mean_absolute_error(y_test, y_pred) * y.std(), r2_score(y_test, y_pred)))
