import math

import torch
from torch import nn


def towns(n=140, kinds=4, seed=0):
    g = torch.Generator().manual_seed(seed)
    kind = torch.randint(kinds, (n,), generator=g)
    chance = torch.full((kinds, kinds), 0.04)
    for a in range(kinds):
        chance[a, (a + 1) % kinds] = chance[(a + 1) % kinds, a] = 0.85
    upper = torch.triu(torch.rand(n, n, generator=g) < chance[kind][:, kind], diagonal=1)
    facts = torch.randn(kinds, 6, generator=g)[kind] + 0.35 * torch.randn(n, 6, generator=g)
    return facts, upper


class Traders(nn.Module):
    def __init__(self, facts, width=16):
        super().__init__()
        self.one = nn.Linear(facts, 32)
        self.two = nn.Linear(32, width)
        self.pair = nn.Bilinear(width, width, 1)

    def encode(self, facts, hop):
        h = torch.relu(self.one(facts) + hop @ self.one(facts))
        return self.two(h)

    def decode(self, h, pairs):
        s = self.pair(h[pairs[0]], h[pairs[1]]) + self.pair(h[pairs[1]], h[pairs[0]])
        return torch.sigmoid(s[:, 0])


def logistic(s, t):
    return (s.clamp(min=0) - s * t + torch.log1p(torch.exp(-s.abs()))).mean()


torch.manual_seed(2)
facts, links = towns()
every = torch.triu(torch.ones_like(links), diagonal=1).nonzero().T
every = every[:, torch.randperm(every.shape[1])]
known, asked = every[:, : int(0.8 * every.shape[1])], every[:, int(0.8 * every.shape[1]):]
truth_known = links[known[0], known[1]].float()
truth_asked = links[asked[0], asked[1]].float()

adj = torch.zeros(links.shape)
seen = known[:, truth_known == 1]
adj[seen[0], seen[1]] = adj[seen[1], seen[0]] = 1.0
hop = adj / adj.sum(1, keepdim=True).clamp(min=1)

net = Traders(facts.shape[1])
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(1, 16):
    for part in torch.randperm(known.shape[1]).split(256):
        loss = logistic(net.decode(net.encode(facts, hop), known[:, part]), truth_known[part])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 3 == 0:
        with torch.no_grad():
            s = net.decode(net.encode(facts, hop), asked)
            val = logistic(s, truth_asked)
        top = truth_asked[s.topk(int(truth_asked.sum())).indices].mean()
        print(f"epoch {epoch:2d}: new pairs {val / math.log(2):.3f} bits each, precision among the likeliest {top:.3f}")
