import numpy as np
import torch

rng = np.random.default_rng(12)
torch.manual_seed(12)

n = 3000
readings = rng.normal(size=(n, 6)).astype("float32")
strain = 0.8 * readings[:, 0] + np.abs(readings[:, 1]) - 0.5 * readings[:, 2] * readings[:, 3]
hours = np.floor(np.exp(6.0 - 1.2 * strain + 0.2 * rng.normal(size=n)))   # whole hours, as logged
print(f"hours to failure: median {np.median(hours):.0f}, longest {hours.max():.0f}")

target = np.log(hours).astype("float32")
X, T = torch.from_numpy(readings), torch.from_numpy(target)[:, None]
cut = 2400
centre = T[:cut].median()
T = T - centre

W = [torch.empty(6, 48), torch.empty(48, 48), torch.empty(48, 1)]
B = [torch.zeros(w.shape[1]) for w in W]
for w in W:
    torch.nn.init.kaiming_uniform_(w.T, nonlinearity="relu")
params = W + B
speed = [torch.zeros_like(p) for p in params]
for p in params:
    p.requires_grad_()


def predict(x):
    for w, b in zip(W[:-1], B[:-1]):
        x = torch.relu(x @ w + b)
    return x @ W[-1] + B[-1]


rate, inertia = 0.01, 0.9
for step in range(1, 1801):
    pick = torch.randint(0, cut, (64,))
    err = ((predict(X[pick]) - T[pick]) ** 2).mean()
    grads = torch.autograd.grad(err, params)
    with torch.no_grad():
        for p, v, g in zip(params, speed, grads):
            v.mul_(inertia).add_(g)
            p.sub_(rate * v)
    if step == 1200:
        rate = 0.002
    if step % 300 == 0:
        with torch.no_grad():
            off = (predict(X[cut:]) - T[cut:]).abs().median()
        print(f"step {step}  batch error {err.item():.3f}  median miss on the last {n - cut} units {off.item():.3f} (log hours)")
