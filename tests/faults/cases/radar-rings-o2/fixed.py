import numpy as np
import torch
from sklearn.model_selection import train_test_split
from skorch import NeuralNetClassifier
from skorch.helper import predefined_split
from skorch.dataset import Dataset
from torch import nn

SEED = 4
np.random.seed(SEED)
torch.manual_seed(SEED)

n = 3000
ring = np.random.randint(0, 3, n)
radius = np.array([0.5, 1.2, 1.9])[ring] + np.random.normal(0, 0.12, n)
bearing = np.random.uniform(0, 2 * np.pi, n)
X = np.stack([radius * np.cos(bearing), radius * np.sin(bearing)], axis=1).astype(np.float32)
y = ring.astype(np.int64)
X_train, X_valid, y_train, y_valid = train_test_split(X, y, test_size=0.2, random_state=SEED, stratify=y)


class RingNet(nn.Module):
    def __init__(self, layer_sizes=(2, 32, 32, 3)):
        super().__init__()
        layers = []
        for n_in, n_out in zip(layer_sizes[:-2], layer_sizes[1:-1]):
            layers.append(nn.Linear(n_in, n_out))
            layers.append(nn.BatchNorm1d(n_out))
            layers.append(nn.ReLU())
        layers.append(nn.Linear(layer_sizes[-2], layer_sizes[-1]))
        self.stack = nn.Sequential(*layers)

    def forward(self, x):
        return self.stack(x)


clf = NeuralNetClassifier(
    RingNet,
    max_epochs=20,
    lr=5e-3,
    batch_size=64,
    optimizer=torch.optim.Adam,
    criterion=nn.CrossEntropyLoss,
    train_split=predefined_split(Dataset(X_valid, y_valid)),
    iterator_train__shuffle=True,
    iterator_train__drop_last=True,
)
clf.fit(X_train, y_train)

print("valid accuracy", round(float(clf.score(X_valid, y_valid)), 3))
