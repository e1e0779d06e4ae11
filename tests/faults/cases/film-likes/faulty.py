import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split


class Recommender(nn.Module):
    def __init__(self, n_users, n_films, dim=8):
        super().__init__()
        self.user = nn.Embedding(n_users, dim)
        self.film = nn.Embedding(n_films, dim)
        self.film_bias = nn.Embedding(n_films, 1)
        nn.init.normal_(self.user.weight, std=0.3)
        nn.init.normal_(self.film.weight, std=0.3)
        nn.init.zeros_(self.film_bias.weight)

    def forward(self, user, film):
        score = (self.user(user) * self.film(film)).sum(-1) + self.film_bias(film).squeeze(-1)
        return score.sigmoid()


def seen_films(n_users, n_films, views, gen):
    tastes = torch.randn(n_users, 4, generator=gen)
    kinds = torch.randn(n_films, 4, generator=gen)
    user = torch.randint(n_users, (views,), generator=gen)
    film = torch.randint(n_films, (views,), generator=gen)
    affinity = 1.5 * (tastes[user] * kinds[film]).sum(1)
    liked = torch.rand(views, generator=gen) < torch.sigmoid(affinity * 2)
    return TensorDataset(user, film, liked.float())


def main():
    torch.manual_seed(33)
    gen = torch.Generator().manual_seed(33)
    views = seen_films(200, 100, 12000, gen)
    train, val = random_split(views, [10000, 2000], generator=gen)
    loader = DataLoader(train, batch_size=100, shuffle=True)
    user_val, film_val, liked_val = views[val.indices]

    model = Recommender(200, 100)
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2, weight_decay=3e-5)
    for epoch in range(1, 7):
        total = 0.0
        for user, film, liked in loader:
            loss = criterion(model(user, film), liked)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        with torch.no_grad():
            out = model(user_val, film_val)
        hit = ((out > 0).float() == liked_val).float().mean().item()
        print(f"epoch {epoch}: train {total / len(loader):.4f}, validation {criterion(out, liked_val).item():.4f}, right {hit:.3f}")


if __name__ == "__main__":
    main()
