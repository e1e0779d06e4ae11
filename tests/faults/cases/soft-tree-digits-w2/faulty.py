import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


class SoftTree(nn.Module):
    """A decision tree whose every question is answered 'a bit of both' (Frosst & Hinton)."""

    def __init__(self, features, classes, depth, sharpness):
        super().__init__()
        self.depth = depth
        self.sharpness = sharpness
        self.questions = nn.Linear(features, 2**depth - 1)
        self.leaves = nn.Parameter(torch.zeros(2**depth, classes))

    def routes(self, x):
        answer = torch.sigmoid(self.sharpness * self.questions(x))
        reach = torch.ones(len(x), 1)
        first = 0
        for level in range(self.depth):
            here = answer[:, first : first + 2**level]
            reach = torch.stack([reach * here, reach * (1 - here)], dim=2).flatten(1)
            first += 2**level
        return reach

    def forward(self, x):
        return self.routes(x) @ torch.softmax(self.leaves, dim=1)


class ForestClassifier:
    def __init__(self, depth=5, sharpness=200.0, lr=0.03, batch=64, epochs=14):
        self.depth, self.sharpness, self.lr = depth, sharpness, lr
        self.batch, self.epochs = batch, epochs

    def fit(self, X, y):
        self.tree = SoftTree(X.shape[1], int(y.max()) + 1, self.depth, self.sharpness)
        opt = torch.optim.Adam(self.tree.parameters(), lr=self.lr)
        for epoch in range(self.epochs):
            order = torch.randperm(len(X))
            total = 0.0
            for i in range(0, len(X), self.batch):
                take = order[i : i + self.batch]
                chance = self.tree(X[take]).gather(1, y[take].unsqueeze(1))
                loss = -torch.log(chance + 1e-6).mean()
                opt.zero_grad()
                loss.backward()
                opt.step()
                total += loss.item() * len(take)
            print(f"epoch {epoch:2d}: log loss {total / len(X):.3f}")
        return self

    def score(self, X, y):
        with torch.no_grad():
            return (self.tree(X).argmax(1) == y).double().mean().item()


torch.manual_seed(1)
digits = load_digits()
parts = train_test_split(digits.data / 8 - 1, digits.target, test_size=0.25, random_state=0, stratify=digits.target)
Xa, Xb = (torch.tensor(p, dtype=torch.float32) for p in parts[:2])
ya, yb = (torch.tensor(p) for p in parts[2:])
model = ForestClassifier().fit(Xa, ya)
print(f"train accuracy {model.score(Xa, ya):.3f}, test accuracy {model.score(Xb, yb):.3f}")
