"""Predict the weekly growth of kelp (cm) from water measurements with skorch inside a pipeline."""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from skorch import NeuralNetRegressor
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

SEED = 19
np.random.seed(SEED)
torch.manual_seed(SEED)


class KelpNet(nn.Module):
    def __init__(self, n_features=5, n_hidden=48):
        super().__init__()
        self.hidden1 = nn.Linear(n_features, n_hidden)
        self.hidden2 = nn.Linear(n_hidden, n_hidden)
        self.out = nn.Linear(n_hidden, 1)

    def forward(self, X):
        X = F.elu(self.hidden1(X))
        X = F.elu(self.hidden2(X))
        return self.out(X).squeeze(-1)


# temperature, nitrate, light, salinity, current
n = 2000
temp = np.random.normal(12, 3, n)
nitrate = np.random.gamma(3, 2, n)
light = np.random.uniform(50, 600, n)
salt = np.random.normal(34, 1, n)
current = np.random.exponential(0.4, n)
growth = (40 * np.exp(-((temp - 11) / 5) ** 2) * nitrate / (nitrate + 3) * np.tanh(light / 200)
          - 2 * np.abs(salt - 34) + 3 * np.sqrt(current) + np.random.normal(0, 1, n))
X = np.column_stack([temp, nitrate, light, salt, current])

X_train, X_test, y_train, y_test = train_test_split(X, growth, test_size=0.25, random_state=SEED)

y_scaler = StandardScaler().fit(y_train.reshape(-1, 1))
y_train_scaled = y_scaler.transform(y_train.reshape(-1, 1)).astype(np.float32)

model = make_pipeline(
    StandardScaler(),
    FunctionTransformer(lambda a: a.astype(np.float32)),
    NeuralNetRegressor(
        KelpNet,
        criterion=nn.MSELoss,
        optimizer=torch.optim.Adam,
        lr=3e-3,
        max_epochs=25,
        batch_size=50,
        iterator_train__shuffle=True,
    ),
)
model.fit(X_train, y_train_scaled)

pred = y_scaler.inverse_transform(model.predict(X_test).reshape(-1, 1)).ravel()
print("mean absolute error: %.2f cm" % mean_absolute_error(y_test, pred))
print("R2 on the test set: %.3f" % r2_score(y_test, pred))
