"""Second-order factorization machine (Rendle 2010), ported from my NumPy code."""
import numpy as np
import torch
import torch.nn as nn

GUESTS, DISHES, WINES, RANK = 60, 50, 25, 4


def make_ratings(n=9000, seed=5):
    rng = np.random.default_rng(seed)
    sizes = [GUESTS, DISHES, WINES]
    taste = [rng.normal(0, 0.75, (size, 3)) for size in sizes]
    level = [rng.normal(0, 0.3, size) for size in sizes]
    ids = np.column_stack([rng.integers(0, size, n) for size in sizes])
    g, d, w = (t[ids[:, k]] for k, t in enumerate(taste))
    rating = (g * d).sum(1) + (g * w).sum(1) + (d * w).sum(1)
    rating += sum(a[ids[:, k]] for k, a in enumerate(level)) + rng.normal(0, 0.4, n)
    return ids + np.cumsum([0, GUESTS, DISHES]), rating


class FactorizationMachine(nn.Module):
    def __init__(self, n_features, rank):
        super().__init__()
        self.w0 = nn.Parameter(torch.zeros(()))
        self.w = nn.Parameter(torch.zeros(n_features))
        self.V = nn.Parameter(torch.zeros(n_features, rank))

    def forward(self, ids):
        v = self.V[ids]  # (batch, 3, rank)
        pairs = 0.5 * (v.sum(1) ** 2 - (v ** 2).sum(1)).sum(1)
        return self.w0 + self.w[ids].sum(1) + pairs


torch.manual_seed(5)
ids, rating = make_ratings()
n_train = 7500
mean, std = rating[:n_train].mean(), rating[:n_train].std()
ids = torch.tensor(ids)
target = torch.tensor((rating - mean) / std, dtype=torch.float32)

fm = FactorizationMachine(GUESTS + DISHES + WINES, RANK)
opt = torch.optim.Adam(fm.parameters(), lr=0.01)
for epoch in range(20):
    fm.train()
    for batch in torch.randperm(n_train).split(64):
        error = fm(ids[batch]) - target[batch]
        loss = (error ** 2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch % 4 == 3:
        fm.eval()
        with torch.no_grad():
            fit = ((fm(ids[:n_train]) - target[:n_train]) ** 2).mean().sqrt().item() * std
            rmse = ((fm(ids[n_train:]) - target[n_train:]) ** 2).mean().sqrt().item() * std
        print(f"epoch {epoch + 1}: rmse train {fit:.3f}, validation {rmse:.3f} (spread of the ratings {std:.3f})")
