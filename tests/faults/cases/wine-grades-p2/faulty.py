import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import make_classification
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetClassifier


class ToFloat32:
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return np.asarray(X, dtype=np.float32)


class WineNet(nn.Module):
    def __init__(self, num_units=32, dropout=0.1):
        super().__init__()
        self.dense0 = nn.Linear(8, num_units)
        self.dense1 = nn.Linear(num_units, num_units)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(num_units, 3)

    def forward(self, X):
        X = F.relu(self.dense0(X))
        X = self.dropout(X)
        X = F.relu(self.dense1(X))
        return self.output(X)


torch.manual_seed(0)
X, y = make_classification(n_samples=2400, n_features=8, n_informative=6, n_redundant=1, n_classes=3,
                           n_clusters_per_class=1, class_sep=1.6, flip_y=0.0, random_state=4)
X = 10 + 3 * X
y = y.astype(np.int64)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=4, stratify=y)

net = NeuralNetClassifier(
    WineNet,
    max_epochs=20,
    lr=5e-3,
    optimizer=torch.optim.Adam,
    batch_size=64,
    iterator_train__shuffle=True,
)
pipe = make_pipeline(StandardScaler(), ToFloat32(), net)
pipe.fit(X_train, y_train)

last = net.history[-1]
print(f"train loss {last['train_loss']:.4f}  valid loss {last['valid_loss']:.4f}")
print(f"test accuracy {accuracy_score(y_test, pipe.predict(X_test)):.3f}")
