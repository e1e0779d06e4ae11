import numpy as np
import torch
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split


class MaxMargin:
    """Linear support vector machine, primal form, plain subgradient descent."""

    def __init__(self, penalty=1e-3, rate=0.05, epochs=40, batch=25, seed=0):
        self.penalty, self.rate, self.epochs, self.batch = penalty, rate, epochs, batch
        self.gen = torch.Generator().manual_seed(seed)

    def score(self, X):
        return X @ self.w + self.b

    def hinge(self, s, y):
        return torch.clamp(1.0 - y * s, min=0).mean()

    def fit(self, X, y):
        self.w = torch.zeros(X.shape[1], requires_grad=True)
        self.b = torch.zeros(1, requires_grad=True)
        for epoch in range(self.epochs):
            total = 0.0
            for idx in torch.randperm(len(X), generator=self.gen).split(self.batch):
                value = self.hinge(self.score(X[idx]), y[idx]) + self.penalty * self.w.square().sum()
                gw, gb = torch.autograd.grad(value, [self.w, self.b])
                with torch.no_grad():
                    self.w -= self.rate * gw
                    self.b -= self.rate * gb
                total += value.item() * len(idx)
            if epoch % 10 == 9:
                print(f"epoch {epoch + 1} objective {total / len(X):.4f}")
        return self

    def predict(self, X):
        with torch.no_grad():
            return (self.score(X) > 0).float()


cells, malignant = load_breast_cancer(return_X_y=True)
malignant = 1 - malignant
a, b, ya, yb = train_test_split(cells, malignant, test_size=0.3, random_state=7, stratify=malignant)
mu, sd = a.mean(0), a.std(0)
a, b = ((torch.tensor((v - mu) / sd, dtype=torch.float32)) for v in (a, b))
ya, yb = (torch.tensor(v, dtype=torch.float32) for v in (ya, yb))

svm = MaxMargin().fit(a, ya)
for part, X, y in (("fitted", a, ya), ("held out", b, yb)):
    p = svm.predict(X)
    sens = (p[y == 1] == 1).float().mean().item()
    spec = (p[y == 0] == 0).float().mean().item()
    print(f"{part}: sensitivity {sens:.3f} specificity {spec:.3f} balanced {np.mean([sens, spec]):.3f}")
