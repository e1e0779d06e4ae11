import numpy as np
import torch

rng = np.random.default_rng(31)
torch.manual_seed(31)

n_members, n_films, rank = 300, 200, 4
taste = rng.normal(size=(n_members, 3))
style = rng.normal(size=(n_films, 3))
quality = rng.normal(scale=0.4, size=n_films)
u = rng.integers(0, n_members, 16000)
f = rng.integers(0, n_films, 16000)
stars = 3 + 0.6 * (taste[u] * style[f]).sum(1) + quality[f] + rng.normal(scale=0.3, size=16000)

u, f = torch.tensor(u), torch.tensor(f)
r = torch.tensor(stars, dtype=torch.float32)
train, test = slice(0, 13000), slice(13000, None)

# latent factors and offsets
P = torch.nn.init.normal_(torch.empty(n_members, rank, requires_grad=True), std=0.1)
Q = torch.nn.init.normal_(torch.empty(n_films, rank, requires_grad=True), std=0.1)
bu = torch.zeros(n_members, requires_grad=True)
bf = torch.zeros(n_films, requires_grad=True)
mu = r[train].mean()


def predict(users, films):
    return mu + bu[users] + bf[films] + (P[users] * Q[films]).sum(dim=1)


opt = torch.optim.Adam([
    {"params": [P, Q], "weight_decay": 1e-5},
    {"params": [bu, bf]},
], lr=0.01)

for sweep in range(16):
    mix = torch.randperm(13000)
    se = 0.0
    for rows in mix.split(200):
        err = predict(u[train][rows], f[train][rows]) - r[train][rows]
        loss = err.pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        se += err.detach().pow(2).sum().item()
    if sweep % 3 == 0:
        with torch.no_grad():
            rmse = (predict(u[test], f[test]) - r[test]).pow(2).mean().sqrt().item()
        print("sweep %2d   train rmse %.3f   test rmse %.3f" % (sweep, (se / 13000) ** 0.5, rmse))
