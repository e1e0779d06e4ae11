import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import make_classification
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetClassifier
from torch import nn

torch.manual_seed(42)

X, y = make_classification(
    n_samples=5000,
    n_features=24,
    n_informative=14,
    n_redundant=4,
    n_classes=20,
    n_clusters_per_class=1,
    class_sep=2.0,
    flip_y=0.0,
    random_state=42,
)
X, y = X.astype(np.float32), y.astype(np.int64)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=1000, stratify=y, random_state=42)


class ClassifierModule(nn.Module):
    def __init__(self, num_units=64, nonlin=F.relu, dropout=0.1):
        super().__init__()
        self.dense0 = nn.Linear(24, num_units)
        self.nonlin = nonlin
        self.dropout = nn.Dropout(dropout)
        self.dense1 = nn.Linear(num_units, num_units)
        self.output = nn.Linear(num_units, 20)

    def forward(self, X):
        X = self.nonlin(self.dense0(X))
        X = self.dropout(X)
        X = self.nonlin(self.dense1(X))
        X = self.output(X)
        return X


net = NeuralNetClassifier(
    ClassifierModule,
    criterion=nn.CrossEntropyLoss,
    optimizer=torch.optim.SGD,
    optimizer__momentum=0.9,
    lr=0.02,
    batch_size=64,
    max_epochs=20,
    iterator_train__shuffle=True,
)
pipe = make_pipeline(StandardScaler(), net)
pipe.fit(X_train, y_train)
print(f"test accuracy: {accuracy_score(y_test, pipe.predict(X_test)):.3f}")
