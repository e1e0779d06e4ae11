"""Scores people give to jokes, factorised by turns: users one epoch, jokes the next."""
import torch
from torch import nn

PEOPLE, JOKES, RANK = 200, 60, 4


class Factors(nn.Module):
    def __init__(self):
        super().__init__()
        self.person = nn.Embedding(PEOPLE, RANK)
        self.joke = nn.Embedding(JOKES, RANK)
        self.offset = nn.Embedding(JOKES, 1)
        nn.init.normal_(self.person.weight, std=0.3)
        nn.init.normal_(self.joke.weight, std=0.3)
        nn.init.zeros_(self.offset.weight)

    def forward(self, pairs):
        p, j = pairs.unbind(1)
        return (self.person(p) * self.joke(j)).sum(1) + self.offset(j)[:, 0]


def sample(n, gen, humour, kind, quality):
    pairs = torch.stack([torch.randint(PEOPLE, (n,), generator=gen), torch.randint(JOKES, (n,), generator=gen)], 1)
    score = (humour[pairs[:, 0]] * kind[pairs[:, 1]]).sum(1) + quality[pairs[:, 1]]
    return pairs, score + 0.3 * torch.randn(n, generator=gen)


gen = torch.Generator().manual_seed(9)
world = (torch.randn(PEOPLE, 2, generator=gen), torch.randn(JOKES, 2, generator=gen), 0.5 * torch.randn(JOKES, generator=gen))
pairs, score = sample(8000, gen, *world)
new_pairs, new_score = sample(1000, gen, *world)

torch.manual_seed(9)
model = Factors()
opt = torch.optim.Adam(model.parameters(), lr=0.02)

for epoch in range(24):
    if epoch % 2 == 0:
        model.joke.requires_grad_(False)
        model.person.requires_grad_(True)
    else:
        model.person.requires_grad_(False)
        model.joke.requires_grad_(True)
    total = 0.0
    for rows in torch.randperm(len(pairs)).split(100):
        err = model(pairs[rows]) - score[rows]
        loss = (err ** 2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item() * len(rows)
    if epoch % 4 == 3:
        with torch.no_grad():
            new = ((model(new_pairs) - new_score) ** 2).mean().item()
        print(f"epoch {epoch + 1}: train mse {total / len(pairs):.3f}, new mse {new:.3f} (variance {new_score.var():.3f})")
