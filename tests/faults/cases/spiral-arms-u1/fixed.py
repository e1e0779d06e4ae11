import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class DeepNet(nn.Module):
    def __init__(self, n_in=2, width=32, depth=20, n_out=3):
        super().__init__()
        self.first = nn.Linear(n_in, width)
        self.layers = nn.ModuleList([nn.Linear(width, width) for _ in range(depth)])
        self.last = nn.Linear(width, n_out)

    def forward(self, x):
        x = F.relu(self.first(x))
        for layer in self.layers:
            x = x + F.relu(layer(x))
        return self.last(x)


def spiral(points, arms=3, seed=0):
    rng = np.random.RandomState(seed)
    X = np.zeros((points * arms, 2))
    y = np.zeros(points * arms, dtype=np.int64)
    for k in range(arms):
        r = np.linspace(0.1, 1, points)
        t = np.linspace(k * 4, (k + 1) * 4, points) + rng.randn(points) * 0.15
        X[k * points:(k + 1) * points] = np.c_[r * np.sin(t), r * np.cos(t)]
        y[k * points:(k + 1) * points] = k
    return torch.tensor(2 * X, dtype=torch.float32), torch.tensor(y)


torch.manual_seed(1)
X, y = spiral(400, seed=0)
X_test, y_test = spiral(150, seed=1)
net = DeepNet()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)

for epoch in range(1, 26):
    order = torch.randperm(len(X))
    losses = []
    for start in range(0, len(X), 40):
        rows = order[start:start + 40]
        optimizer.zero_grad()
        loss = F.cross_entropy(net(X[rows]), y[rows])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    if epoch % 5 == 0:
        with torch.no_grad():
            acc = (net(X_test).argmax(1) == y_test).float().mean().item()
        print('epoch %d: loss %f, accuracy on new points %.3f' % (epoch, np.mean(losses), acc))
