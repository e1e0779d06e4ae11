import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(10)
USERS, FILMS, TASTES = 250, 180, 3

taste = torch.randn(USERS, TASTES)
theme = torch.randn(FILMS, TASTES)
user_bias, film_bias = 0.4 * torch.randn(USERS), 0.5 * torch.randn(FILMS)
seen = torch.randperm(USERS * FILMS)[:11000]
u, f = seen // FILMS, seen % FILMS
stars = (taste[u] * theme[f]).sum(1) / 3 ** 0.5 + user_bias[u] + film_bias[f] + 0.6 * torch.randn(len(u))
u_tr, f_tr, s_tr = u[:9000], f[:9000], stars[:9000]
u_va, f_va, s_va = u[9000:], f[9000:], stars[9000:]


class Factorization(nn.Module):
    def __init__(self, rank):
        super().__init__()
        self.user = nn.Embedding(USERS, rank)
        self.film = nn.Embedding(FILMS, rank)
        self.user_bias = nn.Embedding(USERS, 1)
        self.film_bias = nn.Embedding(FILMS, 1)
        for table in (self.user, self.film, self.user_bias, self.film_bias):
            nn.init.normal_(table.weight, std=0.1)

    def forward(self, u, f):
        match = (self.user(u) * self.film(f)).sum(1)
        return match + self.user_bias(u).squeeze(1) + self.film_bias(f).squeeze(1)


model = Factorization(rank=64)
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3, weight_decay=1e-3)
for epoch in range(1, 31):
    model.train()
    total = 0.0
    for idx in torch.randperm(len(u_tr)).split(128):
        loss = F.mse_loss(model(u_tr[idx], f_tr[idx]), s_tr[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx)
    model.eval()
    with torch.no_grad():
        val = F.mse_loss(model(u_va, f_va), s_va).item()
    if epoch % 3 == 0:
        print(f"epoch {epoch:2d} train mse {total / len(u_tr):.3f} val mse {val:.3f} (variance {s_va.var().item():.3f})")
