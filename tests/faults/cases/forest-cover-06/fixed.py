import numpy as np
import torch
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

KINDS = {1: "spruce", 2: "pine", 3: "willow", 4: "aspen"}


def survey():
    x, kind = make_classification(3000, 9, n_informative=6, n_redundant=1, n_classes=len(KINDS),
                                  class_sep=1.8, random_state=6)
    return x.astype(np.float32), kind


class CoverNet(nn.Module):
    def __init__(self, features, kinds):
        super().__init__()
        self.hidden = nn.Linear(features, 40)
        self.out = nn.Linear(40, kinds)

    def forward(self, x):
        return self.out(torch.relu(self.hidden(x)))


def run_epoch(net, loader, criterion, optimizer=None):
    net.train(optimizer is not None)
    total, hits, n = 0.0, 0, 0
    with torch.set_grad_enabled(optimizer is not None):
        for x, y in loader:
            out = net(x)
            loss = criterion(out, y)
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            total += loss.item() * len(y)
            hits += (out.argmax(1) == y).sum().item()
            n += len(y)
    return total / n, hits / n


torch.manual_seed(6)
x, y = survey()
x = (x - x.mean(0)) / x.std(0)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2, random_state=6)
train_loader = DataLoader(TensorDataset(torch.tensor(x_train), torch.tensor(y_train)), 32, shuffle=True)
test_loader = DataLoader(TensorDataset(torch.tensor(x_test), torch.tensor(y_test)), 200)

net = CoverNet(x.shape[1], len(KINDS))
criterion = nn.CrossEntropyLoss()
optimizer = optim.RMSprop(net.parameters(), lr=1e-3)
for epoch in range(1, 16):
    train_loss, _ = run_epoch(net, train_loader, criterion, optimizer)
    test_loss, test_acc = run_epoch(net, test_loader, criterion)
    print(f"epoch {epoch:2d}  train {train_loss:.3f}  test {test_loss:.3f}  accuracy {test_acc:.3f}")
