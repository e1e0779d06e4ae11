import numpy as np
import torch
import torch.nn.functional as F


class Junction:
    """Counts of cars and pedestrians on the four arms, and the mean wait that follows."""

    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        cars = rng.gamma(3.0, 1.0, (n, 4))
        people = rng.gamma(2.0, 1.0, (n, 4))
        wait = np.abs(cars[:, 0] + cars[:, 2] - cars[:, 1] - cars[:, 3]) + 0.25 * people[:, 0] * cars[:, 1]
        wait += 2.0 * np.sin(people[:, 1] + people[:, 3]) + rng.normal(0, 0.1, n)
        self.counts = np.hstack([(cars - 3.0) / 1.73, (people - 2.0) / 1.41]).astype("float32")
        self.wait = ((wait - 3.4) / 2.9).astype("float32")


def make_parameters(sizes):
    params = []
    for n_in, n_out in zip(sizes, sizes[1:]):
        params.append((torch.randn(n_in, n_out) / n_in ** 0.5).requires_grad_())
        params.append(torch.zeros(n_out, requires_grad=True))
    return params


def predict(params, x):
    W1, b1, W2, b2, W3, b3 = params
    h = torch.tanh(x @ W1 + b1)
    h = torch.tanh(h @ W2 + b2)
    return (h @ W3 + b3)[:, 0]


torch.manual_seed(0)
train, test = Junction(4000, 1), Junction(800, 2)
x, t = torch.from_numpy(train.counts), torch.from_numpy(train.wait)
x_test, t_test = torch.from_numpy(test.counts), torch.from_numpy(test.wait)
params = make_parameters([8, 40, 40, 1])
velocity = [torch.zeros_like(p) for p in params]

for epoch in range(40):
    for batch in torch.randperm(len(x)).split(40):
        loss = F.mse_loss(predict(params, x[batch]), t[batch])
        grads = torch.autograd.grad(loss, params)
        with torch.no_grad():
            for p, v, g in zip(params, velocity, grads):
                v.mul_(0.9).add_(g)
                p.sub_(0.01 * v)
    if epoch % 10 == 9:
        with torch.no_grad():
            train_mse = F.mse_loss(predict(params, x), t).item()
            test_mse = F.mse_loss(predict(params, x_test), t_test).item()
        print(f"{epoch + 1:3d} epochs: train {train_mse:.4f} test {test_mse:.4f}")
