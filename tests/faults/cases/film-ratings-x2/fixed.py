import torch
import torch.nn as nn

torch.manual_seed(11)


class FilmRater(nn.Module):
    """mean + user bias + film bias + dot product of taste and content"""

    def __init__(self, users, films, rank, mean):
        super().__init__()
        self.taste = nn.Embedding(users, rank)
        self.content = nn.Embedding(films, rank)
        self.user_bias = nn.Embedding(users, 1)
        self.film_bias = nn.Embedding(films, 1)
        for table in (self.user_bias, self.film_bias):
            nn.init.zeros_(table.weight)
        for table in (self.taste, self.content):
            nn.init.normal_(table.weight, std=0.1)
        self.register_buffer("mean", mean)

    def forward(self, pairs):
        u, f = pairs.unbind(1)
        match = (self.taste(u) * self.content(f)).sum(1)
        return self.mean + self.user_bias(u)[:, 0] + self.film_bias(f)[:, 0] + match


def made_up_ratings(users=250, films=160, n=16000):
    taste, content = torch.randn(users, 3), torch.randn(films, 3)
    bu, bf = 0.3 * torch.randn(users), 0.4 * torch.randn(films)
    pick = torch.randperm(users * films)[:n]
    u, f = pick // films, pick % films
    stars = 3.4 + bu[u] + bf[f] + 0.45 * (taste[u] * content[f]).sum(1) + 0.25 * torch.randn(n)
    return torch.stack([u, f], 1), stars


pairs, stars = made_up_ratings()
fit, held = slice(0, 13000), slice(13000, None)
model = FilmRater(250, 160, 3, stars[fit].mean())
adam = torch.optim.Adam(model.parameters(), lr=0.01)
squared = nn.MSELoss()


def rmse(part):
    model.eval()
    with torch.no_grad():
        return squared(model(pairs[part]), stars[part]).sqrt().item()


for sweep in range(1, 31):
    model.train()
    for idx in torch.randperm(13000).split(200):
        adam.zero_grad()
        error = squared(model(pairs[fit][idx]), stars[fit][idx])
        error.backward()
        adam.step()
    if sweep % 5 == 0:
        print(f"sweep {sweep}: rmse seen {rmse(fit):.3f}, held out {rmse(held):.3f}")
