import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import make_classification
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, TensorDataset


class RotorNet(nn.Module):
    def __init__(self, n_features=10, n_grades=4):
        super().__init__()
        self.hidden = nn.Linear(n_features, 40)
        self.norm = nn.BatchNorm1d(40)
        self.out = nn.Linear(40, n_grades)

    def forward(self, x):
        return self.out(torch.relu(self.norm(self.hidden(x))))


def fit(model, optimizer, loader, epochs):
    for _ in range(epochs):
        model.train()
        total = 0.0
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item()
    return total / len(loader)


@torch.no_grad()
def accuracy(model, x, y):
    model.eval()
    return (model(x).argmax(dim=1) == y).float().mean().item()


def as_tensor(a):
    return torch.tensor(a, dtype=torch.float32)


torch.manual_seed(16)
X, y = make_classification(1500, 10, n_informative=7, n_redundant=1, n_classes=4, n_clusters_per_class=1,
                           class_sep=1.4, flip_y=0.02, random_state=16)
labels = torch.tensor(y)

scores = []
for fold, (train, test) in enumerate(StratifiedKFold(5, shuffle=True, random_state=16).split(X, y), start=1):
    model = RotorNet()                              # every fold starts afresh
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    scaler = StandardScaler().fit(X[train])
    x_train, x_test = as_tensor(scaler.transform(X[train])), as_tensor(scaler.transform(X[test]))
    loader = DataLoader(TensorDataset(x_train, labels[train]), batch_size=40, shuffle=True)
    loss = fit(model, optimizer, loader, epochs=12)
    scores.append(accuracy(model, x_test, labels[test]))
    print(f"fold {fold}: loss {loss:.3f}, accuracy {scores[-1]:.3f}")
print(f"cross-validated accuracy {np.mean(scores):.3f} +- {np.std(scores):.3f}")
