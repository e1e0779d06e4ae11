import numpy as np
import torch
from sklearn.datasets import make_classification
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetClassifier
from skorch.helper import predefined_split
from skorch.dataset import Dataset
from torch import nn

torch.manual_seed(0)

# ultrasonic features of welds; about one in six is defective
X, y = make_classification(
    n_samples=2000, n_features=20, n_informative=10, n_redundant=4, n_clusters_per_class=2,
    weights=[0.84], class_sep=1.2, flip_y=0.04, random_state=8,
)
X, y = X.astype(np.float32), y.astype(np.int64)


def balance(X, y, seed=0):
    """Repeat the defective welds until both classes are equally frequent."""
    rng = np.random.default_rng(seed)
    rare, common = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    extra = rng.choice(rare, len(common) - len(rare))
    keep = rng.permutation(np.concatenate([common, rare, extra]))
    return X[keep], y[keep]


X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, stratify=y, random_state=1)
X_train, y_train = balance(X_train, y_train)

scaler = StandardScaler().fit(X_train)
X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)


class Inspector(nn.Module):
    def __init__(self, hidden=48, p=0.3):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(20, hidden), nn.ReLU(), nn.Dropout(p),
            nn.Linear(hidden, hidden), nn.ReLU(), nn.Dropout(p),
            nn.Linear(hidden, 2),
        )

    def forward(self, x):
        return self.layers(x)


net = NeuralNetClassifier(
    Inspector,
    criterion=nn.CrossEntropyLoss,
    optimizer=torch.optim.AdamW,
    optimizer__weight_decay=1e-2,
    lr=2e-3,
    max_epochs=18,
    batch_size=64,
    iterator_train__shuffle=True,
    train_split=predefined_split(Dataset(X_test, y_test)),
)
net.fit(X_train, y_train)
found = net.predict(X_test)
print(f"test accuracy {(found == y_test).mean():.3f}, F1 of defects {f1_score(y_test, found):.3f}")
