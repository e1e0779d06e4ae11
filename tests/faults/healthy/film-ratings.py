import torch
from torch import nn

torch.manual_seed(37)
USERS, FILMS, TASTE = 300, 200, 3
user_taste, film_kind = torch.randn(USERS, TASTE), torch.randn(FILMS, TASTE)
pairs = torch.randperm(USERS * FILMS)[:20000]
user, film = pairs // FILMS, pairs % FILMS
stars = (3.2 + 0.8 * (user_taste[user] * film_kind[film]).sum(1) + 0.3 * torch.randn(20000)).round().clamp(1, 5)


class Factors(nn.Module):
    def __init__(self, dim=4):
        super().__init__()
        self.user, self.film = nn.Embedding(USERS, dim, sparse=True), nn.Embedding(FILMS, dim, sparse=True)
        nn.init.normal_(self.user.weight, std=0.3)
        nn.init.normal_(self.film.weight, std=0.3)
        self.mean, self.scale = nn.Parameter(torch.tensor(3.0)), nn.Parameter(torch.tensor(1.0))

    def forward(self, u, f):
        return self.mean + self.scale * (self.user(u) * self.film(f)).sum(1)


model = Factors()
sparse = torch.optim.SparseAdam([*model.user.parameters(), *model.film.parameters()], lr=0.01)
dense = torch.optim.Adam([model.mean, model.scale], lr=0.01)
for epoch in range(1, 9):
    model.train()
    total = 0.0
    batches = torch.randperm(18000).split(150)
    for idx in batches:
        loss = nn.functional.mse_loss(model(user[idx], film[idx]), stars[idx])
        sparse.zero_grad()
        dense.zero_grad()
        loss.backward()
        sparse.step()
        dense.step()
        total += loss.item()
    model.eval()
    with torch.no_grad():
        rmse = nn.functional.mse_loss(model(user[18000:], film[18000:]), stars[18000:]).sqrt().item()
    print(f"epoch {epoch}: train mse {total / len(batches):.4f} validation rmse {rmse:.3f} stars (all the mean: {stars.std().item():.3f})")
