"""Port of my NumPy multilayer perceptron to PyTorch: which of four reaction types does a progress curve show?"""
import numpy as np
import torch
from torch import nn

rng = np.random.RandomState(0)
torch.manual_seed(0)


def curves(n):
    t = np.linspace(0, 4, 24)[None]
    kind = rng.randint(0, 4, n)
    rate = rng.uniform(0.8, 1.6, (n, 1))
    zero_order = np.minimum(rate * t / 2, 1)
    first_order = 1 - np.exp(-rate * t)
    lag_phase = 1 / (1 + np.exp(-4 * rate * (t - 1.6)))
    inhibited = 0.55 * (1 - np.exp(-2.5 * rate * t)) + 0.03 * t
    y = np.stack([zero_order, first_order, lag_phase, inhibited])[kind, np.arange(n)]
    y = y + 0.05 * rng.randn(n, 24)
    return torch.tensor(y, dtype=torch.float32), torch.tensor(kind)


def mlp(sizes):
    layers = []
    for a, b in zip(sizes[:-2], sizes[1:-1]):
        layers += [nn.Linear(a, b), nn.Sigmoid()]
    layers.append(nn.Linear(sizes[-2], sizes[-1]))
    return nn.Sequential(*layers)


x_train, t_train = curves(2000)
x_test, t_test = curves(500)
mean, std = x_train.mean(0), x_train.std(0)
x_train, x_test = (x_train - mean) / std, (x_test - mean) / std

net = mlp([24, 48, 48, 48, 48, 48, 48, 48, 48, 4])
loss_function = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)

for epoch in range(12):
    net.train()
    losses = []
    for idx in torch.randperm(len(x_train)).split(40):
        optimizer.zero_grad()
        loss = loss_function(net(x_train[idx]), t_train[idx])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    if epoch % 2 == 1:
        net.eval()
        with torch.no_grad():
            out = net(x_test)
            print("epoch %2d: train loss %.4f, test loss %.4f, test accuracy %.3f" % (
                epoch + 1, np.mean(losses), loss_function(out, t_test), (out.argmax(1) == t_test).float().mean()))
