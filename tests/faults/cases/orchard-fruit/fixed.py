import numpy as np
import torch
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetClassifier
from torch import nn

KINDS = 20


def orchard(n=3000, seed=0):
    """Each kind has its typical fruit in each of two years; measurements scatter around it."""
    rng = np.random.default_rng(seed)
    typical = rng.normal(0, 1.5, (KINDS, 2, 16))
    kind = rng.integers(0, KINDS, n)
    year = rng.integers(0, 2, n)
    size = rng.lognormal(0, 0.3, (n, 1))
    X = typical[kind, year] * size + rng.normal(0, 0.6, (n, 16))
    return (10 + 4 * X).astype("float32"), kind.astype("int64")


class FruitModule(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.dense0 = nn.Linear(16, width)
        self.dense1 = nn.Linear(width, width)
        self.output = nn.Linear(width, KINDS)

    def forward(self, X):
        X = torch.relu(self.dense0(X))
        X = torch.relu(self.dense1(X))
        return self.output(X)


torch.manual_seed(101)
X, y = orchard()
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=1, stratify=y)
net = NeuralNetClassifier(
    FruitModule,
    criterion=nn.CrossEntropyLoss,
    optimizer=torch.optim.SGD,
    optimizer__momentum=0.9,
    lr=0.02,
    batch_size=50,
    max_epochs=15,
    iterator_train__shuffle=True,
)
pipeline = make_pipeline(StandardScaler(), net)
pipeline.fit(X_train, y_train)
print(f"test accuracy {accuracy_score(y_test, pipeline.predict(X_test)):.3f}")
