import torch


def play_group(n_people=220, n_games=120, taste=5, per_person=34, seed=6):
    """Ratings of a board game club: (who, which, stars)."""
    g = torch.Generator().manual_seed(seed)
    people = torch.randn(n_people, taste, generator=g)
    games = torch.randn(n_games, taste, generator=g)
    who = torch.arange(n_people).repeat_interleave(per_person)
    which = torch.cat([torch.randperm(n_games, generator=g)[:per_person] for _ in range(n_people)])
    stars = 5.5 + (people[who] * games[which]).sum(1) * 0.8 + 0.4 * torch.randn(len(who), generator=g)
    return who, which, stars


class MatrixFactors:
    def __init__(self, n_people, n_games, rank=5, lr=0.02, penalty=0.02):
        g = torch.Generator().manual_seed(0)
        self.P = (torch.randn(n_people, rank, generator=g) * 0.3).requires_grad_()
        self.G = (torch.randn(n_games, rank, generator=g) * 0.3).requires_grad_()
        self.bp = torch.zeros(n_people, requires_grad=True)
        self.bg = torch.zeros(n_games, requires_grad=True)
        self.penalty = penalty
        self.optimizer = torch.optim.Adam([self.P, self.G, self.bp, self.bg], lr=lr)

    def predict(self, who, which):
        return self.mean + self.bp[who] + self.bg[which] + (self.P[who] * self.G[which]).sum(1)

    def fit(self, who, which, stars, epochs=30, batch=128):
        self.mean = stars.mean()
        for epoch in range(epochs):
            perm = torch.randperm(len(stars))
            for rows in perm.split(batch):
                w, k = who[rows], which[rows]
                error = self.predict(w, k) - stars[rows]
                ridge = self.P[w].square().sum(1) + self.G[k].square().sum(1)
                loss = (error.square() + self.penalty * ridge).mean()
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
            if epoch % 5 == 4:
                print(f"epoch {epoch + 1}: training rmse {self.rmse(who, which, stars):.3f}")

    @torch.no_grad()
    def rmse(self, who, which, stars):
        return (self.predict(who, which) - stars).square().mean().sqrt().item()


torch.manual_seed(6)
who, which, stars = play_group()
shuffle = torch.randperm(len(stars))
fit, held = shuffle[:6300], shuffle[6300:]
model = MatrixFactors(220, 120)
model.fit(who[fit], which[fit], stars[fit])
spread = stars[held].std().item()
print(f"training rmse {model.rmse(who[fit], which[fit], stars[fit]):.3f}, "
      f"held-out rmse {model.rmse(who[held], which[held], stars[held]):.3f} (spread of the ratings {spread:.3f})")
