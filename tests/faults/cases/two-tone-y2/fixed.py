import math
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(7)
X, y = load_digits(return_X_y=True)
X = torch.tensor(X / 8.0 - 1.0, dtype=torch.float32)
y = torch.tensor(y)
perm = torch.randperm(len(X))
X, y = X[perm], y[perm]
n_train = 1350

W1 = (torch.randn(64, 64) * math.sqrt(2 / 64)).requires_grad_()
b1 = torch.zeros(64, requires_grad=True)
W2 = (torch.randn(64, 10) * math.sqrt(1 / 64)).requires_grad_()
b2 = torch.zeros(10, requires_grad=True)
params = [W1, b1, W2, b2]


def forward(x):
    return torch.relu(x @ W1 + b1) @ W2 + b2


lr, bs = 0.1, 30
for epoch in range(12):
    order = torch.randperm(n_train)
    total = 0.0
    for start in range(0, n_train, bs):
        rows = order[start:start + bs]
        loss = F.cross_entropy(forward(X[rows]), y[rows])
        loss.backward()
        with torch.no_grad():
            for p in params:
                p -= lr * p.grad
                p.grad.zero_()
        total += loss.item() * len(rows)
    with torch.no_grad():
        acc = (forward(X[n_train:]).argmax(1) == y[n_train:]).float().mean().item()
    print("epoch %2d  train loss %8.4f  test acc %.4f" % (epoch + 1, total / n_train, acc))
