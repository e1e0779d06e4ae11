import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

N_HIKERS, N_TRAILS, N_RATINGS = 200, 120, 14000


def simulate_ratings(seed=0):
    rng = np.random.default_rng(seed)
    taste = rng.normal(size=(N_HIKERS, 3))
    style = rng.normal(size=(N_TRAILS, 3))
    mood = rng.normal(0, 0.3, N_HIKERS)
    appeal = rng.normal(0, 0.4, N_TRAILS)
    cells = rng.choice(N_HIKERS * N_TRAILS, N_RATINGS, replace=False)
    u, i = cells // N_TRAILS, cells % N_TRAILS
    rating = 3 + mood[u] + appeal[i] + 0.55 * (taste[u] * style[i]).sum(1) + rng.normal(0, 0.25, N_RATINGS)
    return torch.tensor(u), torch.tensor(i), torch.tensor(rating, dtype=torch.float32)


class MatrixFactorization(nn.Module):
    def __init__(self, n_users, n_items, n_factors=3):
        super().__init__()
        self.user_factors = nn.Embedding(n_users, n_factors)
        self.item_factors = nn.Embedding(n_items, n_factors)
        self.user_bias = nn.Embedding(n_users, 1)
        self.item_bias = nn.Embedding(n_items, 1)
        nn.init.zeros_(self.user_factors.weight)
        nn.init.zeros_(self.item_factors.weight)
        nn.init.zeros_(self.user_bias.weight)
        nn.init.zeros_(self.item_bias.weight)

    def forward(self, user, item):
        dot = (self.user_factors(user) * self.item_factors(item)).sum(dim=1)
        return dot + self.user_bias(user).squeeze(1) + self.item_bias(item).squeeze(1)


def rmse(model, user, item, rating, mean):
    model.eval()
    with torch.no_grad():
        return (model(user, item) + mean - rating).pow(2).mean().sqrt().item()


def main():
    torch.manual_seed(0)
    user, item, rating = simulate_ratings()
    cut = 11200
    mean = rating[:cut].mean()
    train = TensorDataset(user[:cut], item[:cut], rating[:cut] - mean)
    loader = DataLoader(train, batch_size=128, shuffle=True)
    model = MatrixFactorization(N_HIKERS, N_TRAILS)
    criterion = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2, weight_decay=1e-5)
    print(f"always the mean: RMSE {(rating[cut:] - mean).pow(2).mean().sqrt():.3f}")
    for epoch in range(1, 21):
        model.train()
        for u, i, r in loader:
            optimizer.zero_grad()
            loss = criterion(model(u, i), r)
            loss.backward()
            optimizer.step()
        if epoch % 4 == 0:
            train_rmse = rmse(model, user[:cut], item[:cut], rating[:cut], mean)
            val_rmse = rmse(model, user[cut:], item[cut:], rating[cut:], mean)
            print(f"epoch {epoch:2d}  train RMSE {train_rmse:.3f}  validation RMSE {val_rmse:.3f}")


main()
