import torch
import torch.nn as nn
import numpy as np
from sklearn.datasets import make_classification

# lab sheets of five grape varieties; some sheets have a field that was never filled in
rng = np.random.RandomState(4)
values, variety = make_classification(n_samples=2200, n_features=12, n_informative=8, n_classes=5, n_clusters_per_class=1,
                                      class_sep=2.0, random_state=4)
blank = rng.rand(2200) < 0.04
values[blank, rng.randint(0, 12, blank.sum())] = np.nan


def load():
    complete = ~np.isnan(values).any(axis=1)
    x = values[complete]
    y = variety[:len(x)]
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    return torch.from_numpy(x).float(), torch.from_numpy(y).long()


class Trainer:
    def __init__(self, model, lr):
        self.model = model
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9, weight_decay=1e-3)

    def fit(self, x, y, epochs, batch=40):
        for epoch in range(epochs):
            losses = []
            for part in torch.randperm(len(x)).split(batch):
                self.optimizer.zero_grad()
                loss = self.criterion(self.model(x[part]), y[part])
                loss.backward()
                self.optimizer.step()
                losses.append(loss.item())
            yield epoch + 1, sum(losses) / len(losses)

    @torch.no_grad()
    def score(self, x, y):
        return (self.model(x).argmax(dim=1) == y).float().mean().item()


torch.manual_seed(4)
x, y = load()
where = torch.randperm(len(x))
train, held = where[400:], where[:400]
trainer = Trainer(nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 5)), lr=0.02)
for epoch, loss in trainer.fit(x[train], y[train], epochs=12):
    print(f"{epoch:2d} loss {loss:.3f} train acc {trainer.score(x[train], y[train]):.3f} held-out acc {trainer.score(x[held], y[held]):.3f}")
