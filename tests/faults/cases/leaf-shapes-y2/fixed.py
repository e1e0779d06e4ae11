import torch
from sklearn.datasets import make_classification
from torch import nn


def block(n):
    return nn.Sequential(nn.Linear(n, n), nn.BatchNorm1d(n), nn.ReLU())


class Trainer:
    def __init__(self, model, train, test, lr=0.03, batch=64):
        self.model, self.batch = model, batch
        self.x, self.y = train
        self.tx, self.ty = test
        self.loss = nn.CrossEntropyLoss()
        self.opt = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)

    def evaluate(self):
        was_training = self.model.training
        self.model.eval()
        with torch.no_grad():
            out = self.model(self.tx)
            result = self.loss(out, self.ty).item(), (out.argmax(1) == self.ty).float().mean().item()
        self.model.train(was_training)
        return result

    def fit(self, epochs):
        self.model.train()
        print("start: loss %.3f acc %.3f" % self.evaluate())
        for epoch in range(1, epochs + 1):
            for i in torch.randperm(len(self.x)).split(self.batch):
                self.opt.zero_grad()
                self.loss(self.model(self.x[i]), self.y[i]).backward()
                self.opt.step()
            print("epoch %d: loss %.3f acc %.3f" % (epoch, *self.evaluate()))


torch.manual_seed(12)
X, y = make_classification(n_samples=2600, n_features=16, n_informative=10, n_redundant=2, n_classes=5,
                           n_clusters_per_class=1, class_sep=1.6, flip_y=0.0, random_state=12)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
X = (X - X[:2048].mean(0)) / X[:2048].std(0)
model = nn.Sequential(nn.Linear(16, 40), *[block(40) for _ in range(9)], nn.Linear(40, 5))
Trainer(model, (X[:2048], y[:2048]), (X[2048:], y[2048:])).fit(8)
