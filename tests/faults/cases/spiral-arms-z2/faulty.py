import math
import torch
from torch.func import grad_and_value


def arms(n, gen):
    label = torch.randint(3, (n,), generator=gen)
    r = torch.rand(n, generator=gen) * 0.9 + 0.1
    angle = 5.0 * r + label * 2 * math.pi / 3 + 0.12 * torch.randn(n, generator=gen)
    return 1.8 * torch.stack([r * angle.cos(), r * angle.sin()], 1), label


def make_params(sizes, gen):
    params = {}
    for k, (i, o) in enumerate(zip(sizes, sizes[1:])):
        params[f"w{k}"] = torch.randn(i, o, generator=gen) * math.sqrt(2 / i)
        params[f"b{k}"] = torch.zeros(o)
    return params


def net(params, x):
    layers = len(params) // 2
    for k in range(layers):
        x = x @ params[f"w{k}"] + params[f"b{k}"]
        if k < layers - 1:
            x = torch.relu(x)
    return x


def objective(params, x, y):
    logp = net(params, x).log_softmax(1)
    return -logp.gather(1, y[:, None]).mean()


gen = torch.Generator().manual_seed(17)
x, y = arms(2000, gen)
x_test, y_test = arms(600, gen)
params = make_params([2, 48, 48, 3], gen)
rate = 0.3
gradient = grad_and_value(objective)

for epoch in range(40):
    mean = 0.0
    for rows in torch.randperm(2000, generator=gen).split(100):
        grads, value = gradient(params, x[rows], y[rows])
        for name in params:
            params[name] = params[name] - rate / len(rows) * grads[name]
        mean += value.item() * len(rows) / 2000
    if (epoch + 1) % 5 == 0:
        right = (net(params, x_test).argmax(1) == y_test).float().mean().item()
        print(f"after {epoch + 1} epochs: loss {mean:.4f}, test accuracy {right:.3f}")
