import numpy as np
import torch
import torch.nn as nn

N_USERS, N_FILMS, K = 300, 200, 4


class Taste(nn.Module):
    def __init__(self):
        super().__init__()
        self.users = nn.Embedding(N_USERS, K)
        self.films = nn.Embedding(N_FILMS, K)
        self.user_bias = nn.Embedding(N_USERS, 1)
        self.film_bias = nn.Embedding(N_FILMS, 1)
        for e in (self.users, self.films):
            nn.init.normal_(e.weight, std=0.3)
        for e in (self.user_bias, self.film_bias):
            nn.init.zeros_(e.weight)

    def forward(self, u, f):
        dot = (self.users(u) * self.films(f)).sum(1)
        return dot + self.user_bias(u)[:, 0] + self.film_bias(f)[:, 0]


def make_ratings(seed):
    rng = np.random.default_rng(seed)
    P, Q = rng.normal(size=(N_USERS, 3)), rng.normal(size=(N_FILMS, 3))
    bu, bf = rng.normal(size=N_USERS) * 0.5, rng.normal(size=N_FILMS) * 0.5
    cells = rng.permutation(N_USERS * N_FILMS)[:24000]
    u, f = cells // N_FILMS, cells % N_FILMS
    stars = 0.5 * (P[u] * Q[f]).sum(1) + bu[u] + bf[f] + 0.2 * rng.normal(size=len(u))
    return torch.from_numpy(u), torch.from_numpy(f), torch.tensor(stars, dtype=torch.float32)


if __name__ == "__main__":
    torch.manual_seed(1)
    u, f, r = make_ratings(11)
    n_train = 20000
    mu = r[:n_train].mean()
    model = Taste()
    sgd = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)

    for epoch in range(1, 26):
        perm = torch.randperm(n_train)
        se = 0.0
        for b in range(0, n_train, 128):
            i = perm[b:b + 128]
            err = mu + model(u[i], f[i]) - r[i]
            loss = err.pow(2).mean()
            sgd.zero_grad()
            loss.backward()
            sgd.step()
            se += err.detach().pow(2).sum().item()
        if epoch % 5 == 0:
            with torch.no_grad():
                test = (mu + model(u[n_train:], f[n_train:]) - r[n_train:]).pow(2).mean().sqrt()
            print(f"epoch {epoch:3d}: train RMSE {(se / n_train) ** 0.5:.3f}, held-out RMSE {test:.3f}, spread of ratings {r.std():.3f}")
