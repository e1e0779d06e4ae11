import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

USERS, FILMS, RANK = 200, 120, 4


def simulate(gen):
    taste = torch.randn(USERS, RANK, generator=gen)
    genre = torch.randn(FILMS, RANK, generator=gen)
    fame = 0.4 * torch.randn(FILMS, generator=gen)
    full = 3.0 + fame + 0.7 * (taste @ genre.T)
    u, f = torch.nonzero(torch.rand(USERS, FILMS, generator=gen) < 0.6, as_tuple=True)
    return u, f, full[u, f] + 0.2 * torch.randn(len(u), generator=gen)


class MatrixFactorization(nn.Module):
    def __init__(self, n_users, n_films, rank):
        super().__init__()
        self.user_factors = nn.Parameter(0.3 * torch.randn(n_users, rank))
        self.film_factors = nn.Parameter(0.3 * torch.randn(n_films, rank))
        self.user_bias = nn.Embedding(n_users, 1)
        self.film_bias = nn.Embedding(n_films, 1)
        nn.init.zeros_(self.user_bias.weight)
        nn.init.zeros_(self.film_bias.weight)
        self.mean = nn.Parameter(torch.zeros(()))

    def forward(self, u, f):
        match = (self.user_factors[u] * self.film_factors[f]).sum(-1)
        return self.mean + match + self.user_bias(u).squeeze(-1) + self.film_bias(f).squeeze(-1)


class Recommender:
    def __init__(self, lr=0.01, epochs=25, batch_size=256):
        self.lr, self.epochs, self.batch_size = lr, epochs, batch_size
        self.model = MatrixFactorization(USERS, FILMS, RANK)

    def fit(self, train, valid):
        optimizer = torch.optim.Adam(self.model.parameters(), lr=self.lr)
        for epoch in range(1, self.epochs + 1):
            total = 0.0
            for u, f, r in DataLoader(train, self.batch_size, shuffle=True):
                optimizer.zero_grad()
                loss = (self.model(u, f) - r).square().mean()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(r)
            if epoch % 5 == 0:
                print(f"epoch {epoch:3d}  train rmse {(total / len(train)) ** 0.5:.3f}  valid rmse {self.rmse(valid):.3f}")
        return self

    @torch.no_grad()
    def rmse(self, data):
        u, f, r = data[:]
        return (self.model(u, f) - r).square().mean().sqrt().item()


if __name__ == "__main__":
    torch.manual_seed(7)
    ratings = TensorDataset(*simulate(torch.Generator().manual_seed(7)))
    train, valid = random_split(ratings, [0.85, 0.15])
    Recommender().fit(train, valid)
