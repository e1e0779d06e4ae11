import numpy as np
import torch
from sklearn.metrics import accuracy_score, balanced_accuracy_score, recall_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetClassifier
from skorch.callbacks import EpochScoring
from torch import nn

np.random.seed(11)
torch.manual_seed(11)


def sensor_log(n):
    rng = np.random.default_rng(11)
    stops = (rng.random(n) < 0.03).astype("int64")
    oil = rng.normal(62.0, 5.0, n) + 5.2 * stops
    vibration = rng.gamma(9.0, 0.2, n) + 0.65 * stops
    current = rng.normal(14.0, 1.5, n)
    load = rng.normal(0.7, 0.1, n) + 0.05 * stops
    pressure = rng.normal(210.0, 12.0, n) - 11.0 * stops
    age = rng.uniform(0.0, 12.0, n)
    rest = rng.normal(size=(n, 2))
    return np.column_stack([oil, vibration, current, load, pressure, age, rest]).astype("float32"), stops


class PressNet(nn.Module):
    def __init__(self, n_inputs=8, n_hidden=16):
        super().__init__()
        self.hidden = nn.Linear(n_inputs, n_hidden)
        self.act = nn.ReLU()
        self.out = nn.Linear(n_hidden, 2)

    def forward(self, X):
        return self.out(self.act(self.hidden(X)))


X, y = sensor_log(12000)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, stratify=y, random_state=0)
scaler = StandardScaler().fit(X_train)
X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)

net = NeuralNetClassifier(
    PressNet,
    criterion=nn.CrossEntropyLoss,
    optimizer=torch.optim.Adam,
    optimizer__weight_decay=1e-4,
    lr=2e-3,
    batch_size=128,
    max_epochs=15,
    iterator_train__shuffle=True,
    callbacks=[("bal", EpochScoring("balanced_accuracy", lower_is_better=False, name="valid_bal"))],
)
net.fit(X_train, y_train)
pred = net.predict(X_test)
print(f"test accuracy {accuracy_score(y_test, pred):.3f} recall of stops {recall_score(y_test, pred):.3f} "
      f"balanced accuracy {balanced_accuracy_score(y_test, pred):.3f}")
