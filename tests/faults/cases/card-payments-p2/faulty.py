import numpy as np
import torch
from sklearn.metrics import balanced_accuracy_score, confusion_matrix, recall_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetClassifier
from skorch.callbacks import EpochScoring
from skorch.dataset import ValidSplit
from torch import nn

torch.manual_seed(21)
rng = np.random.default_rng(21)


def simulate(n):
    amount = rng.lognormal(3.5, 1.0, n)
    hour = rng.uniform(0, 24, n)
    km_from_home = rng.exponential(15, n)
    last_hour = rng.poisson(1.2, n)
    card_age = rng.uniform(0, 60, n)
    night = np.cos((hour - 3) / 24 * 2 * np.pi)
    z = 0.9 * (np.log(amount) - 3.5) + 0.9 * night + 0.05 * (km_from_home - 15) + 0.7 * (last_hour - 1.2)
    chance = 0.36 / (1 + np.exp(-3.5 * (z - 3.1)))
    X = np.column_stack([np.log(amount), night, km_from_home, last_hour, card_age])
    return X, (rng.random(n) < chance).astype(np.int64)


X, y = simulate(16000)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, stratify=y, random_state=0)
scaler = StandardScaler().fit(X_train)
X_train = scaler.transform(X_train).astype(np.float32)
X_test = scaler.transform(X_test).astype(np.float32)


class FraudNet(nn.Module):
    def __init__(self, n_features=5, hidden=24):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(n_features, hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, 2),
        )

    def forward(self, X):
        return self.layers(X)


net = NeuralNetClassifier(
    FraudNet,
    criterion=nn.CrossEntropyLoss,
    optimizer=torch.optim.Adam,
    lr=2e-3,
    batch_size=128,
    max_epochs=12,
    iterator_train__shuffle=True,
    train_split=ValidSplit(6, stratified=True),
    callbacks=[EpochScoring("balanced_accuracy", lower_is_better=False, name="valid_bal_acc")],
)
net.fit(X_train, y_train)

pred = net.predict(X_test)
print(confusion_matrix(y_test, pred))
print(f"accuracy {(pred == y_test).mean():.3f}")
print(f"test: recall of fraud {recall_score(y_test, pred):.3f}  balanced accuracy {balanced_accuracy_score(y_test, pred):.3f}")
