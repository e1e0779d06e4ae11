import numpy as np
import torch
import torch.nn.functional as F

POINTS = 120


def spectra(n, rng):
    """Three bands over the glow of the lamp; two substances add up, the third hides the second."""
    amount = rng.uniform(0, 1, (n, 3))
    axis = np.arange(POINTS)
    shift = rng.normal(0, 0.7, (n, 1, 1))
    centers = np.array([24, 55, 92])[:, None]
    lines = (amount[:, :, None] * np.exp(-((axis - centers - shift) / 5.0) ** 2)).sum(1)
    glow = rng.normal(0, 0.3, (n, 1)) * (axis - 60) / 60 + rng.normal(0, 0.3, (n, 1)) * np.exp(-((axis - 60) / 40) ** 2)
    sugar = amount[:, 0] + amount[:, 1] * (1 - amount[:, 2])
    return (lines + glow + rng.normal(0, 0.05, lines.shape)).astype(np.float32), sugar.astype(np.float32)


class Layer:
    def __init__(self, n_in, n_out, gen):
        bound = 2.0
        self.w = ((torch.rand(n_in, n_out, generator=gen) * 2 - 1) * bound).requires_grad_()
        self.b = torch.zeros(n_out, requires_grad=True)

    def __call__(self, x):
        return x @ self.w + self.b


class Network:
    def __init__(self, sizes, seed):
        gen = torch.Generator().manual_seed(seed)
        self.layers = [Layer(a, b, gen) for a, b in zip(sizes, sizes[1:])]

    def parameters(self):
        return [p for layer in self.layers for p in (layer.w, layer.b)]

    def __call__(self, x):
        for layer in self.layers[:-1]:
            x = torch.sigmoid(layer(x)) * 2 - 1
        return self.layers[-1](x)[:, 0]


rng = np.random.default_rng(6)
torch.manual_seed(6)
x, y = spectra(2400, rng)
mean, std = x[:1900].mean(0), x[:1900].std(0)
y = (y - y[:1900].mean()) / y[:1900].std()
x, y = torch.from_numpy((x - mean) / std), torch.from_numpy(y)
x_train, y_train, x_test, y_test = x[:1900], y[:1900], x[1900:], y[1900:]

network = Network([POINTS, 80, 60, 1], seed=6)
optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9)
for epoch in range(1, 31):
    losses = []
    for rows in torch.randperm(len(x_train)).split(38):
        loss = F.mse_loss(network(x_train[rows]), y_train[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    if epoch % 5 == 0:
        with torch.no_grad():
            test = F.mse_loss(network(x_test), y_test).item()
        print(f"epoch {epoch}: train {np.mean(losses):.4f} test {test:.4f} explained {1 - test / y_test.var().item():.3f}")
