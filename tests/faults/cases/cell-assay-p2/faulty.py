import numpy as np
import torch
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetClassifier
from skorch.callbacks import EarlyStopping, EpochScoring
from skorch.dataset import Dataset
from skorch.helper import predefined_split
from torch import nn

torch.manual_seed(23)
rng = np.random.default_rng(23)


def compounds(n):
    X = rng.normal(size=(n, 40))
    score = X[:, :6] @ np.array([1.2, -1.0, 0.9, 0.8, -0.7, 0.6]) + 0.8 * X[:, 6] * X[:, 7]
    return X * 2 + 5, (score + rng.normal(0, 1.0, n) > 0).astype(np.int64)


X_train, y_train = compounds(500)
X_valid, y_valid = compounds(300)
X_test, y_test = compounds(1000)
scaler = StandardScaler().fit(X_train)
X_train, X_valid, X_test = (scaler.transform(X).astype(np.float32) for X in (X_train, X_valid, X_test))


class AssayNet(nn.Module):
    def __init__(self, n_in=40, hidden=(128, 64)):
        super().__init__()
        sizes = [n_in, *hidden]
        layers = []
        for a, b in zip(sizes, sizes[1:]):
            layers += [nn.Linear(a, b), nn.ReLU()]
        self.net = nn.Sequential(*layers, nn.Linear(sizes[-1], 2))

    def forward(self, X):
        return self.net(X)


callbacks = [
    EpochScoring("roc_auc", lower_is_better=False, name="valid_auc"),
]
model = NeuralNetClassifier(
    AssayNet,
    criterion=nn.CrossEntropyLoss,
    optimizer=torch.optim.Adam,
    lr=5e-4,
    batch_size=32,
    max_epochs=80,
    iterator_train__shuffle=True,
    train_split=predefined_split(Dataset(X_valid, y_valid)),
    callbacks=callbacks,
    verbose=0,
)
model.fit(X_train, y_train)
for row in model.history[::4]:
    print(f"{row['epoch']:3d}  train {row['train_loss']:.3f}  valid {row['valid_loss']:.3f}  auc {row['valid_auc']:.3f}")

proba = model.predict_proba(X_test)
print(f"test log loss {log_loss(y_test, proba):.3f}  AUC {roc_auc_score(y_test, proba[:, 1]):.3f}")
