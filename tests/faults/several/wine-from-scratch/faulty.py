import math

import torch
import torch.nn.functional as F
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

torch.manual_seed(2)
wine = load_wine()
train, test = train_test_split(torch.arange(178), test_size=0.3, random_state=2, stratify=wine.target)
x = torch.tensor(wine.data, dtype=torch.float32)
x = (x - x[train].mean(0)) / x[train].std(0)
y = torch.tensor(wine.target)


def matrix(n_in, n_out):
    return (torch.randn(n_in, n_out) * 5).requires_grad_()


w1, w2, w3 = matrix(13, 20), matrix(20, 20), matrix(20, 3)
b1, b2, b3 = (torch.zeros(n, requires_grad=True) for n in (20, 20, 3))
weights = [w1, b1, w2, b2, w3, b3]


def net(rows):
    h = torch.tanh(rows @ w1 + b1)
    h = torch.tanh(h @ w2 + b2)
    return h @ w3 + b3


optimizer = torch.optim.SGD(weights, lr=0.002, momentum=0.8)
for epoch in range(1, 31):
    for idx in train[torch.randperm(len(train))].split(20):
        out = net(x[idx])
        loss = F.mse_loss(out.softmax(1), F.one_hot(y[idx], 3).float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 5 == 0:
        with torch.no_grad():
            acc = (net(x[test]).argmax(1) == y[test]).float().mean().item()
        print(f"epoch {epoch}: loss {loss.item():.4f} test accuracy {acc:.3f}")
