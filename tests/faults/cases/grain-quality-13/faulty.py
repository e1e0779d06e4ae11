import numpy as np
import torch
from sklearn.datasets import make_classification
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetClassifier
from skorch.dataset import Dataset
from skorch.helper import predefined_split
from torch import nn


class GrainModule(nn.Module):
    def __init__(self, num_units=100, dropout=0.5):
        super().__init__()
        self.dense0 = nn.Linear(30, num_units)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(num_units, 2)

    def forward(self, X):
        X = torch.relu(self.dense0(X))
        return self.output(self.dropout(X))


def harvest():
    X, y = make_classification(2300, 30, n_informative=8, n_redundant=0, n_clusters_per_class=3,
                               class_sep=0.9, flip_y=0.06, random_state=13)
    return X.astype(np.float32), y.astype(np.int64)


torch.manual_seed(13)
X, y = harvest()
scaler = StandardScaler().fit(X[:300])
X = scaler.transform(X)
X_train, y_train = X[:300], y[:300]
X_valid, y_valid = X[300:800], y[300:800]
X_later, y_later = X[800:], y[800:]

train_ds, valid_ds = Dataset(X_train, y_train), Dataset(X_valid, y_valid)
net = NeuralNetClassifier(
    GrainModule,
    criterion=nn.CrossEntropyLoss,
    optimizer=torch.optim.Adam,
    optimizer__weight_decay=2e-2,
    lr=2e-3,
    max_epochs=12,
    batch_size=20,
    iterator_train__shuffle=True,
    train_split=predefined_split(train_ds),
)
net.fit(train_ds, y=None)
last = net.history[-1]
print(f"valid loss {last['valid_loss']:.3f} valid acc {last['valid_acc']:.3f} "
      f"later deliveries {net.score(X_later, y_later):.3f}")
