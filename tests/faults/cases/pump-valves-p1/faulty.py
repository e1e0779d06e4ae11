import numpy as np
import torch
from skorch import NeuralNetBinaryClassifier
from skorch.callbacks import EarlyStopping
from skorch.dataset import Dataset
from skorch.helper import predefined_split
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.utils import resample
from torch import nn

RANDOM_STATE = 27
torch.manual_seed(RANDOM_STATE)


def valve_table(n=5000):
    rng = np.random.default_rng(RANDOM_STATE)
    X = rng.normal(size=(n, 10))
    wear = 1.2 * X[:, 0] + X[:, 1] * X[:, 2] + 0.8 * X[:, 3] + rng.normal(0, 0.15, n)
    return X.astype(np.float32), (wear > np.quantile(wear, 0.9)).astype(np.float32)


def oversample(X, y):
    """Repeat the failures until there are as many of them as of the others."""
    bad, good = X[y == 1], X[y == 0]
    bad = resample(bad, replace=True, n_samples=len(good), random_state=RANDOM_STATE)
    X = np.concatenate([good, bad])
    y = np.concatenate([np.zeros(len(good)), np.ones(len(bad))])
    return X.astype(np.float32), y.astype(np.float32)


class ValveNet(nn.Module):
    def __init__(self, width=48):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(10, width), nn.ReLU(),
            nn.Linear(width, width), nn.ReLU(),
            nn.Linear(width, 1),
        )

    def forward(self, X):
        return self.layers(X).squeeze(-1)


X, y = valve_table()
X, y = oversample(X, y)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, stratify=y, random_state=RANDOM_STATE)

scaler = StandardScaler().fit(X_train)
X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)

net = NeuralNetBinaryClassifier(
    ValveNet,
    optimizer=torch.optim.AdamW,
    optimizer__weight_decay=0.01,
    lr=1e-3,
    batch_size=64,
    max_epochs=25,
    iterator_train__shuffle=True,
    train_split=predefined_split(Dataset(X_test, y_test)),
    callbacks=[EarlyStopping(monitor="valid_loss", patience=4, load_best=True)],
)
net.fit(X_train, y_train)
predicted = net.predict(X_test)
print("failures among the test rows: %d of %d" % (y_test.sum(), len(y_test)))
print("test: F1 of the failures %.3f, recall %.3f" % (
    f1_score(y_test, predicted), (predicted[y_test == 1] == 1).mean()))
