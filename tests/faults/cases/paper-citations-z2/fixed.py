# Which papers cite which?  Link prediction from a two-layer graph convolution, all dense.
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(19)
n, fields = 300, 5
field = torch.randint(fields, (n,))
chance = torch.where(field[:, None] == field[None, :], 0.12, 0.008)
upper = torch.triu(torch.rand(n, n) < chance, 1)
edges = upper.nonzero()
edges = edges[torch.randperm(len(edges))]
cut = int(0.8 * len(edges))
fit_edges, new_edges = edges[:cut], edges[cut:]
words = (torch.rand(n, 60) < 0.04).float()
words += F.one_hot(field, 60).float() * (torch.rand(n, 1) < 0.6)

A = torch.eye(n)
A[fit_edges[:, 0], fit_edges[:, 1]] = 1
A[fit_edges[:, 1], fit_edges[:, 0]] = 1
deg = A.sum(1).rsqrt()
A = deg[:, None] * A * deg[None, :]


def no_links(k):
    pairs = torch.randint(n, (3 * k, 2))
    ok = ~(upper | upper.T)[pairs[:, 0], pairs[:, 1]] & (pairs[:, 0] != pairs[:, 1])
    return pairs[ok][:k]


class Graph(nn.Module):
    def __init__(self, wide, code):
        super().__init__()
        self.first = nn.Linear(60, wide)
        self.second = nn.Linear(wide, code)
        self.offset = nn.Parameter(torch.zeros(()))

    def forward(self, pairs):
        z = torch.relu(A @ self.first(words))
        z = A @ self.second(z)
        return (z[pairs[:, 0]] * z[pairs[:, 1]]).sum(1) + self.offset


def bce(model, pos, neg):
    s = model(torch.cat([pos, neg]))
    want = torch.cat([torch.ones(len(pos)), torch.zeros(len(neg))])
    return F.binary_cross_entropy_with_logits(s, want), ((s > 0) == want.bool()).float().mean().item()


model = Graph(128, 64)
opt = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=2e-3)
fixed_no = no_links(len(fit_edges))
test_no = no_links(len(new_edges))
for step in range(1, 401):
    loss, acc = bce(model, fit_edges, fixed_no)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 40 == 0:
        with torch.no_grad():
            new, new_acc = bce(model, new_edges, test_no)
        print(f"{step:4d}  loss {loss.item():.3f} acc {acc:.3f} | new loss {new.item():.3f} acc {new_acc:.3f}")
