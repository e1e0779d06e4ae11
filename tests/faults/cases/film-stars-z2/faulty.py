import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Ratings(Dataset):
    def __init__(self, users, films, stars):
        self.users, self.films, self.stars = users, films, stars

    def __len__(self):
        return len(self.stars)

    def __getitem__(self, i):
        return self.users[i], self.films[i], self.stars[i]


class Recommender(nn.Module):
    def __init__(self, n_users, n_films, dim=8):
        super().__init__()
        self.user = nn.Embedding(n_users, dim)
        self.film = nn.Embedding(n_films, dim)
        self.user_bias = nn.Embedding(n_users, 1)
        self.film_bias = nn.Embedding(n_films, 1)
        self.mean = nn.Parameter(torch.tensor(3.0))
        for table in (self.user, self.film, self.user_bias, self.film_bias):
            nn.init.normal_(table.weight, std=0.1)

    def forward(self, u, f):
        match = (self.user(u) * self.film(f)).sum(1)
        value = self.mean + match + self.user_bias(u).squeeze(1) + self.film_bias(f).squeeze(1)
        return value.round()


def invent(n_users=150, n_films=100, n=9000, seed=6):
    g = torch.Generator().manual_seed(seed)
    taste = torch.randn(n_users, 2, generator=g)
    genre = torch.randn(n_films, 2, generator=g)
    fame = 0.7 * torch.randn(n_films, generator=g)
    u = torch.randint(n_users, (n,), generator=g)
    f = torch.randint(n_films, (n,), generator=g)
    value = 3 + 0.7 * (taste[u] * genre[f]).sum(1) + fame[f] + 0.2 * torch.randn(n, generator=g)
    return u, f, value.round().clamp(1, 5)


torch.manual_seed(6)
u, f, stars = invent()
train = DataLoader(Ratings(u[:8000], f[:8000], stars[:8000]), batch_size=200, shuffle=True)
model = Recommender(150, 100)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)

for epoch in range(8):
    model.train()
    seen = 0.0
    for users, films, truth in train:
        loss = ((model(users, films) - truth) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seen += loss.item()
    model.eval()
    with torch.no_grad():
        guess = model(u[8000:], f[8000:])
        rmse = ((guess - stars[8000:]) ** 2).mean().sqrt()
    print(f"epoch {epoch}: train rmse {(seen / len(train)) ** 0.5:.3f}  held-out rmse {rmse:.3f}")
