import numpy as np
import torch
import torch.nn as nn
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


class TorchClassifier(ClassifierMixin, BaseEstimator):
    """A two-layer network with fit and predict, so that it goes into a Pipeline."""

    def __init__(self, n_inputs=9, hidden=32, lr=0.005, epochs=25, batch_size=32, weight_decay=1e-3, seed=0):
        self.n_inputs = n_inputs
        self.hidden = hidden
        self.lr = lr
        self.epochs = epochs
        self.batch_size = batch_size
        self.weight_decay = weight_decay
        self.seed = seed
        self._build()
        self.optimizer_ = torch.optim.Adam(self.net_.parameters(), lr=self.lr, weight_decay=self.weight_decay)

    def _build(self):
        torch.manual_seed(self.seed)
        self.net_ = nn.Sequential(nn.Linear(self.n_inputs, self.hidden), nn.ReLU(), nn.Linear(self.hidden, 2))

    def fit(self, X, y):
        self._build()  # every fit starts from fresh weights
        self.classes_ = np.unique(y)
        X, y = torch.as_tensor(X, dtype=torch.float32), torch.as_tensor(y)
        criterion = nn.CrossEntropyLoss()
        self.net_.train()
        for _ in range(self.epochs):
            total = 0.0
            for rows in torch.randperm(len(X)).split(self.batch_size):
                self.optimizer_.zero_grad()
                loss = criterion(self.net_(X[rows]), y[rows])
                loss.backward()
                self.optimizer_.step()
                total += loss.item() * len(rows)
        self.train_loss_ = total / len(X)
        return self

    def predict(self, X):
        self.net_.eval()
        with torch.no_grad():
            return self.net_(torch.as_tensor(X, dtype=torch.float32)).argmax(dim=1).numpy()


def oven_log(n=1500, seed=19):
    rng = np.random.default_rng(seed)
    X = rng.normal([950, 6, 1.2, 40, 3, 18, 0.5, 5, 2], [60, 1.5, 0.3, 12, 1, 4, 0.2, 2, 0.7], (n, 9))
    z = (X - X.mean(0)) / X.std(0)
    stress = 1.5 * z[:, 0] * z[:, 2] - z[:, 1] + 1.2 * np.abs(z[:, 4]) + 0.8 * z[:, 5] + rng.normal(0, 0.3, n)
    return X, (stress < np.median(stress)).astype(int)


X, y = oven_log()
pipeline = make_pipeline(StandardScaler(), TorchClassifier())
scores = []
for fold, (train, test) in enumerate(StratifiedKFold(5, shuffle=True, random_state=19).split(X, y), 1):
    pipeline.fit(X[train], y[train])
    scores.append(pipeline.score(X[test], y[test]))
    print(f"fold {fold}: training loss {pipeline[-1].train_loss_:.3f}, accuracy {scores[-1]:.3f}")
print(f"cross-validated accuracy {np.mean(scores):.3f} +/- {np.std(scores):.3f}")
