import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import Dataset, DataLoader

torch.manual_seed(42)
rng = np.random.RandomState(42)


class RatingsDataset(Dataset):
    def __init__(self, users, items, stars):
        self.users, self.items, self.stars = users, items, stars

    def __len__(self):
        return len(self.stars)

    def __getitem__(self, i):
        return self.users[i], self.items[i], self.stars[i]


def fake_movielens(n_users=200, n_items=120, n_ratings=16000, k=3):
    U, V = rng.normal(0, 0.8, (n_users, k)), rng.normal(0, 0.8, (n_items, k))
    bu, bi = rng.normal(0, 0.4, n_users), rng.normal(0, 0.6, n_items)
    u, i = rng.randint(0, n_users, n_ratings), rng.randint(0, n_items, n_ratings)
    raw = 3.3 + bu[u] + bi[i] + (U[u] * V[i]).sum(1) + rng.normal(0, 0.3, n_ratings)
    return u, i, np.clip(np.rint(raw), 1, 5).astype(np.float32)


class BiasedMF(nn.Module):
    def __init__(self, n_users, n_items, dim=8):
        super().__init__()
        self.user_factors = nn.Embedding(n_users, dim)
        self.item_factors = nn.Embedding(n_items, dim)
        self.user_bias = nn.Embedding(n_users, 1)
        self.item_bias = nn.Embedding(n_items, 1)
        self.mu = nn.Parameter(torch.tensor(3.0))
        for emb in (self.user_factors, self.item_factors):
            nn.init.normal_(emb.weight, std=0.1)
        for emb in (self.user_bias, self.item_bias):
            nn.init.zeros_(emb.weight)

    def forward(self, users, items):
        dot = (self.user_factors(users) * self.item_factors(items)).sum(1)
        score = self.mu + self.user_bias(users).squeeze(1) + self.item_bias(items).squeeze(1) + dot
        return score


def rmse(model, loader):
    model.eval()
    se, n = 0.0, 0
    with torch.no_grad():
        for u, i, r in loader:
            se += ((model(u, i) - r) ** 2).sum().item()
            n += len(r)
    return (se / n) ** 0.5


u, i, r = fake_movielens()
cut = 13000
train_dl = DataLoader(RatingsDataset(u[:cut], i[:cut], r[:cut]), batch_size=256, shuffle=True)
test_dl = DataLoader(RatingsDataset(u[cut:], i[cut:], r[cut:]), batch_size=1024)

model = BiasedMF(200, 120)
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(12):
    model.train()
    losses = []
    for users, items, stars in train_dl:
        optimizer.zero_grad()
        loss = criterion(model(users, items), stars)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    print('Epoch %d: train mse %.4f, test rmse %.4f' % (epoch + 1, np.mean(losses), rmse(model, test_dl)))
