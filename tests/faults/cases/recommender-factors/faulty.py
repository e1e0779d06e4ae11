import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split

USERS, FILMS, TASTES = 250, 180, 4


def ratings(n=24000):
    g = torch.Generator().manual_seed(3)
    taste = torch.randn(USERS, TASTES, generator=g)
    genre = torch.randn(FILMS, TASTES, generator=g)
    kind = 0.4 * torch.randn(USERS, generator=g)
    fame = 0.6 * torch.randn(FILMS, generator=g)
    who = torch.randint(0, USERS, (n,), generator=g)
    what = torch.randint(0, FILMS, (n,), generator=g)
    stars = (taste[who] * genre[what]).sum(1) / TASTES ** 0.5 + kind[who] + fame[what]
    return TensorDataset(who, what, stars + 0.2 * torch.randn(n, generator=g))


class Factorisation(nn.Module):
    def __init__(self, users, films, rank):
        super().__init__()
        self.user_bias = nn.Parameter(torch.zeros(users))
        self.film_bias = nn.Parameter(torch.zeros(films))
        self.user_factor = torch.randn(users, rank, requires_grad=True)
        self.film_factor = torch.randn(films, rank, requires_grad=True)

    def forward(self, who, what):
        match = (self.user_factor[who] * self.film_factor[what]).sum(1)
        return match + self.user_bias[who] + self.film_bias[what]


def mean_squared_error(model, loader):
    model.eval()
    total, n = 0.0, 0
    with torch.no_grad():
        for who, what, stars in loader:
            total += ((model(who, what) - stars) ** 2).sum().item()
            n += len(stars)
    return total / n


torch.manual_seed(3)
known, hidden = random_split(ratings(), [22000, 2000])
train_loader = DataLoader(known, batch_size=100, shuffle=True)
test_loader = DataLoader(hidden, batch_size=2000)
model = Factorisation(USERS, FILMS, rank=4)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=1e-4)
for epoch in range(1, 13):
    model.train()
    for who, what, stars in train_loader:
        loss = nn.functional.mse_loss(model(who, what), stars)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 3 == 0:
        print(f"epoch {epoch}: known {mean_squared_error(model, train_loader):.3f} "
              f"hidden {mean_squared_error(model, test_loader):.3f}")
