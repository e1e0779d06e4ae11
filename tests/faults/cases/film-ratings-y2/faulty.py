import logging
import sys

import numpy as np
import torch

logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")
log = logging.getLogger("mf")


class MatrixFactorisation(torch.nn.Module):
    def __init__(self, n_users, n_films, k, mean):
        super().__init__()
        self.p = torch.nn.Parameter(torch.zeros(n_users, k))
        self.q = torch.nn.Parameter(torch.zeros(n_films, k))
        self.user_bias = torch.nn.Parameter(torch.zeros(n_users))
        self.film_bias = torch.nn.Parameter(torch.zeros(n_films))
        self.mean = mean

    def forward(self, u, f):
        taste = (self.p[u] * self.q[f]).sum(-1)
        return self.mean + self.user_bias[u] + self.film_bias[f] + taste


def simulate(n_users, n_films, k, n_ratings, rng):
    U, V = rng.normal(size=(n_users, k)), rng.normal(size=(n_films, k))
    bu, bf = 0.3 * rng.normal(size=n_users), 0.3 * rng.normal(size=n_films)
    u = rng.integers(n_users, size=n_ratings)
    f = rng.integers(n_films, size=n_ratings)
    r = 3 + bu[u] + bf[f] + 0.6 * (U[u] * V[f]).sum(1) + 0.2 * rng.normal(size=n_ratings)
    return torch.as_tensor(u), torch.as_tensor(f), torch.as_tensor(r, dtype=torch.float32)


torch.manual_seed(0)
u, f, r = simulate(200, 120, 3, 14000, np.random.default_rng(0))
n = 11500
model = MatrixFactorisation(200, 120, 3, r[:n].mean().item())
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

for epoch in range(1, 31):
    for idx in torch.randperm(n).split(256):
        error = model(u[idx], f[idx]) - r[idx]
        loss = error.square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 5 == 0:
        with torch.no_grad():
            rmse = (model(u[n:], f[n:]) - r[n:]).square().mean().sqrt().item()
        log.info("epoch %d: last train mse %.3f, held-out rmse %.3f (spread %.3f)", epoch, loss.item(), rmse, r[n:].std())
