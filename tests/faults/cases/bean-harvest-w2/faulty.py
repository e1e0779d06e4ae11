import torch

# Yield of a bean field from eight soil and weather columns, a small net written with torch.func.
from torch.func import grad_and_value, vmap


def field_data(n, key):
    g = torch.Generator().manual_seed(key)
    z = torch.randn(n, 8, generator=g)
    rain, heat, ph, clay, seeds, slope, wind, dung = z.T
    y = 1.1 * torch.tanh(rain) - 0.6 * (heat - 0.4) ** 2 / 2 + 0.7 * ph * clay + 0.6 * torch.relu(seeds) - 0.3 * slope + 0.4 * dung
    return z, (y - 0.0) / 1.5 + 0.1 * torch.randn(n, generator=g)


def init(sizes, key):
    g = torch.Generator().manual_seed(key)
    return {
        f"{name}{i}": torch.randn(a, b, generator=g) * (2 / a) ** 0.5 if name == "W" else torch.zeros(b)
        for i, (a, b) in enumerate(zip(sizes, sizes[1:]))
        for name in ("W", "b")
    }


def predict(theta, z):
    h = torch.relu(z @ theta["W0"] + theta["b0"])
    h = torch.relu(h @ theta["W1"] + theta["b1"])
    return (h @ theta["W2"] + theta["b2"]).squeeze(-1)


LAMBDA = 0.15


def objective(theta, z, y):
    fit = (predict(theta, z) - y).square().mean()
    ridge = sum(w.square().sum() for w in theta.values())
    return fit + LAMBDA * ridge


step_of = grad_and_value(objective)
z, y = field_data(2500, key=1)
z_new, y_new = field_data(500, key=2)
theta = init([8, 64, 64, 1], key=3)
m = {k: torch.zeros_like(v) for k, v in theta.items()}
s = {k: torch.zeros_like(v) for k, v in theta.items()}
g = torch.Generator().manual_seed(4)
count = 0
for epoch in range(20):
    for rows in torch.randperm(len(z), generator=g).split(50):
        count += 1
        grads, value = step_of(theta, z[rows], y[rows])
        for k, d in grads.items():
            m[k] = 0.9 * m[k] + 0.1 * d
            s[k] = 0.999 * s[k] + 0.001 * d * d
            theta[k] = theta[k] - 2e-3 * (m[k] / (1 - 0.9**count)) / ((s[k] / (1 - 0.999**count)).sqrt() + 1e-8)
    if epoch % 4 == 3:
        print(f"epoch {epoch + 1}: objective {value.item():.3f}, mse {(predict(theta, z) - y).square().mean():.3f}")

left = (predict(theta, z_new) - y_new).square().sum() / (y_new - y_new.mean()).square().sum()
per_field = vmap(lambda row: predict(theta, row))(z_new)
print(f"new fields: R2 {1 - left.item():.3f}, predicted yields from {per_field.min():.2f} to {per_field.max():.2f}")
