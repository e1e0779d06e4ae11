import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split

n_users, n_films = 250, 160


def load_ratings(seed=3):
    rng = np.random.default_rng(seed)
    taste = rng.normal(size=(n_users, 8))
    content = rng.normal(size=(n_films, 8))
    score = taste @ content.T / np.sqrt(8) + 0.3 * rng.normal(size=(n_users, 1)) + 0.3 * rng.normal(size=(1, n_films))
    score = score + 0.15 * rng.normal(size=score.shape)
    user, film = np.nonzero(rng.random(score.shape) < 0.55)
    return torch.from_numpy(user), torch.from_numpy(film), torch.from_numpy(score[user, film]).float()


class FactorModel(nn.Module):
    """rating = mean + bias of the user + bias of the film + <user factors, film factors>"""

    def __init__(self, n_factors):
        super().__init__()
        self.user_factors = nn.Embedding(n_users, n_factors)
        self.film_factors = nn.Embedding(n_films, n_factors)
        self.user_bias = nn.Embedding(n_users, 1)
        self.film_bias = nn.Embedding(n_films, 1)
        for table in (self.user_factors, self.film_factors):
            nn.init.normal_(table.weight, std=0.3)
        for table in (self.user_bias, self.film_bias):
            nn.init.zeros_(table.weight)

    def forward(self, user, film):
        match = (self.user_factors(user) * self.film_factors(film)).sum(dim=1)
        return match + self.user_bias(user).squeeze(1) + self.film_bias(film).squeeze(1)


torch.manual_seed(3)
user, film, rating = load_ratings()
rating = (rating - rating.mean()) / rating.std()
data = TensorDataset(user, film, rating)
n_val = len(data) // 5
train_data, val_data = random_split(data, [len(data) - n_val, n_val])
train_loader = DataLoader(train_data, batch_size=256, shuffle=True)
val_loader = DataLoader(val_data, batch_size=2048)

model = FactorModel(n_factors=8)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
criterion = nn.MSELoss()


def rmse(loader):
    model.eval()
    with torch.no_grad():
        squared = sum(((model(u, f) - r) ** 2).sum().item() for u, f, r in loader)
    return (squared / len(loader.dataset)) ** 0.5


for epoch in range(1, 16):
    model.train()
    for u, f, r in train_loader:
        optimizer.zero_grad()
        criterion(model(u, f), r).backward()
        optimizer.step()
    print(f"epoch {epoch:2d}: train RMSE {rmse(train_loader):.4f}, validation RMSE {rmse(val_loader):.4f}")
