import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn


class SoftTree(nn.Module):
    def __init__(self, n_features, n_classes, depth=5, beta=1.0):
        super().__init__()
        self.depth, self.beta = depth, beta
        self.splits = nn.Linear(n_features, 2 ** depth - 1)
        self.leaves = nn.Parameter(torch.zeros(2 ** depth, n_classes))

    def reach(self, x):
        go = torch.sigmoid(self.beta * self.splits(x))
        path = torch.ones(len(x), 1)
        first = 0
        for level in range(self.depth):
            g = go[:, first:first + 2 ** level]
            path = torch.stack([path * g, path * (1 - g)], dim=2).flatten(1)
            first += 2 ** level
        return path

    def forward(self, x):
        return self.reach(x) @ self.leaves


class TreeClassifier:
    def __init__(self, depth=5, beta=1.0, epochs=20, lr=0.01):
        self.depth, self.beta, self.epochs, self.lr = depth, beta, epochs, lr

    def fit(self, X, y, X_val, y_val):
        self.tree = SoftTree(X.shape[1], int(y.max()) + 1, self.depth, self.beta)
        optimizer = torch.optim.Adam(self.tree.parameters(), lr=self.lr)
        for epoch in range(self.epochs):
            running = []
            for idx in torch.randperm(len(X)).split(32):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(self.tree(X[idx]), y[idx])
                loss.backward()
                optimizer.step()
                running.append(loss.item())
            if (epoch + 1) % 4 == 0:
                print(f"epoch {epoch + 1} loss {np.mean(running):.3f} val accuracy {self.score(X_val, y_val):.3f}")
        return self

    def score(self, X, y):
        with torch.no_grad():
            return (self.tree(X).argmax(1) == y).float().mean().item()


torch.manual_seed(3)
X, y = load_digits(return_X_y=True)
X = torch.tensor(X / 8 - 1, dtype=torch.float32)
y = torch.tensor(y)
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.3, random_state=3, stratify=y)
TreeClassifier(depth=5, beta=1.0).fit(X_train, y_train, X_val, y_val)
