import numpy as np
import torch
from torch import nn

np.random.seed(0)
torch.manual_seed(0)

BANDS, KINDS = 40, 5


def make_spectra(n):
    """Two absorption lines whose places and depths depend on the kind of maize."""
    kind = np.random.randint(0, KINDS, n)
    wave = np.linspace(0, 1, BANDS)
    first = 0.25 + 0.04 * kind + 0.02 * np.random.randn(n)
    second = 0.8 - 0.05 * ((kind * 2) % KINDS) + 0.02 * np.random.randn(n)
    spectra = -np.exp(-((wave - first[:, None]) ** 2) / 0.004) - np.exp(-((wave - second[:, None]) ** 2) / 0.004)
    return spectra + 0.12 * np.random.randn(n, BANDS), kind


class Dense(nn.Module):
    def __init__(self, n_in, n_out, activation=None):
        super().__init__()
        self.W = nn.Parameter(torch.randn(n_in, n_out) * (2 / n_in) ** 0.5)
        self.b = nn.Parameter(torch.zeros(n_out))
        self.activation = activation

    def forward(self, x):
        z = x @ self.W + self.b
        return z if self.activation is None else self.activation(z)


class Network(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        layers = [Dense(a, b, torch.relu) for a, b in zip(sizes[:-2], sizes[1:-1])]
        self.layers = nn.ModuleList([*layers, Dense(sizes[-2], sizes[-1])])

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


X_train, y_train = make_spectra(4000)
X_val, y_val = make_spectra(600)
mu, sigma = X_train.mean(axis=0), X_train.std(axis=0)
X_train = torch.tensor((X_train - mu) / sigma, dtype=torch.float32)
X_val = torch.tensor((X_val - mu) / sigma, dtype=torch.float32)
y_train, y_val = torch.tensor(y_train), torch.tensor(y_val)

net = Network([BANDS, 32, 16, KINDS])
cost = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9, weight_decay=3e-3)

for epoch in range(9):
    net.train()
    shuffled = torch.randperm(len(X_train))
    for start in range(0, len(X_train), 25):
        rows = shuffled[start:start + 25]
        optimizer.zero_grad()
        J = cost(net(X_train[rows]), y_train[rows])
        J.backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        train_cost = cost(net(X_train), y_train).item()
        out = net(X_val)
        val_cost = cost(out, y_val).item()
        val_acc = (out.argmax(1) == y_val).float().mean().item()
    print("epoch %2d   cost %.4f   val cost %.4f   val accuracy %.3f" % (epoch + 1, train_cost, val_cost, val_acc))
