import numpy as np
import torch
import torch.nn as nn

N_VISITORS, N_MUSEUMS, N_RATINGS = 300, 160, 9000


def collect(rng):
    """Who rated what and how: a few tastes, a bias for each visitor and museum, and a good deal of mood."""
    taste = rng.normal(0, 0.8, (N_VISITORS, 3))
    style = rng.normal(0, 0.8, (N_MUSEUMS, 3))
    visitor_bias, museum_bias = rng.normal(0, 0.4, N_VISITORS), rng.normal(0, 0.6, N_MUSEUMS)
    pairs = rng.choice(N_VISITORS * N_MUSEUMS, N_RATINGS, replace=False)
    v, m = pairs // N_MUSEUMS, pairs % N_MUSEUMS
    rating = 0.2 + visitor_bias[v] + museum_bias[m] + (taste[v] * style[m]).sum(1) + rng.normal(0, 0.5, N_RATINGS)
    return torch.tensor(v), torch.tensor(m), torch.tensor(rating, dtype=torch.float32)


class MatrixFactorisation(nn.Module):
    def __init__(self, n_factors=40):
        super().__init__()
        self.p = nn.Embedding(N_VISITORS, n_factors)
        self.q = nn.Embedding(N_MUSEUMS, n_factors)
        self.b_v = nn.Embedding(N_VISITORS, 1)
        self.b_m = nn.Embedding(N_MUSEUMS, 1)
        self.mu = nn.Parameter(torch.zeros(1))
        for table in (self.p, self.q, self.b_v, self.b_m):
            nn.init.normal_(table.weight, std=0.1)

    def forward(self, v, m):
        match = (self.p(v) * self.q(m)).sum(1)
        return self.mu + self.b_v(v).squeeze(1) + self.b_m(m).squeeze(1) + match


def rmse(model, v, m, rating):
    model.eval()
    with torch.no_grad():
        return (model(v, m) - rating).pow(2).mean().sqrt().item()


torch.manual_seed(28)
v, m, rating = collect(np.random.default_rng(28))
n_train = 7500
train, held = slice(0, n_train), slice(n_train, None)

model = MatrixFactorisation()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(1, 61):
    model.train()
    for idx in torch.randperm(n_train).split(250):
        error = model(v[idx], m[idx]) - rating[idx]
        penalty = (model.p(v[idx]).pow(2) + model.q(m[idx]).pow(2)).sum(1)
        loss = (error.pow(2) + 0.12 * penalty).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 6 == 0:
        print(
            f"epoch {epoch:2d}  rmse of known ratings {rmse(model, v[train], m[train], rating[train]):.3f}  "
            f"of held-out ratings {rmse(model, v[held], m[held], rating[held]):.3f}"
        )
