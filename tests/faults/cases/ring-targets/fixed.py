import numpy as np
import torch
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetClassifier
from torch import nn


def rings(n, seed):
    rng = np.random.default_rng(seed)
    ring = rng.integers(0, 3, n)
    angle = rng.uniform(0, 2 * np.pi, n)
    radius = 1.0 + ring + rng.normal(0, 0.15, n)
    other = rng.normal(0, 1, (n, 3))
    X = np.column_stack([radius * np.cos(angle), radius * np.sin(angle), other])
    return X.astype(np.float32), ring.astype(np.int64)


class RingModule(nn.Module):
    def __init__(self, num_units=40, nonlin=nn.ReLU(), dropout=0.1):
        super().__init__()
        self.nonlin = nonlin
        self.dense0 = nn.Linear(5, num_units)
        self.dense1 = nn.Linear(num_units, num_units)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(num_units, 3)

    def forward(self, X):
        X = self.nonlin(self.dense0(X))
        X = self.dropout(X)
        X = self.nonlin(self.dense1(X))
        return torch.softmax(self.output(X), dim=-1)


torch.manual_seed(0)
X, y = rings(2000, seed=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=0, stratify=y)
net = NeuralNetClassifier(
    RingModule,
    max_epochs=20,
    batch_size=50,
    optimizer=torch.optim.Adam,
    lr=5e-3,
    iterator_train__shuffle=True,
    verbose=0,
)
pipeline = make_pipeline(StandardScaler(), net)
pipeline.fit(X_train, y_train)
for row in pipeline[-1].history[::5]:
    print(f"epoch {row['epoch']:2d} train {row['train_loss']:.4f} valid {row['valid_loss']:.4f} acc {row['valid_acc']:.3f}")
proba = pipeline.predict_proba(X_test)
print(f"test log loss {log_loss(y_test, proba):.4f} accuracy {accuracy_score(y_test, proba.argmax(1)):.3f}")
