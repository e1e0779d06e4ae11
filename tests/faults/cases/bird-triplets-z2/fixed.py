import torch
from torch import nn
import torch.nn.functional as F

SPECIES, DIM = 12, 40


def recordings(n, centres, mixing, gen):
    who = torch.randint(SPECIES, (n,), generator=gen)
    z = centres[who] + 0.35 * torch.randn(n, centres.shape[1], generator=gen)
    return torch.sin(z @ mixing) + 0.2 * torch.randn(n, DIM, generator=gen), who


def make_net(depth=10, width=48):
    parts, wide = [], DIM
    for _ in range(depth):
        parts += [nn.Linear(wide, width), nn.BatchNorm1d(width), nn.ReLU()]
        wide = width
    return nn.Sequential(*parts, nn.Linear(wide, 16))


def embed(net, x):
    net.eval()
    with torch.no_grad():
        return F.normalize(net(x), dim=1)


def hard_triplets(net, x, who):
    """for every anchor: any one of its own kind, the nearest of another"""
    e = embed(net, x)
    d = torch.cdist(e, e)
    same = who[:, None] == who[None, :]
    mate = torch.rand(d.shape).masked_fill(~same, -1).argmax(1)
    near = d.masked_fill(same, 9).argmin(1)
    return mate, near


def nearest_neighbour_score(net, x, who, q, q_who):
    guess = who[torch.cdist(embed(net, q), embed(net, x)).argmin(1)]
    return (guess == q_who).float().mean().item()


torch.manual_seed(8)
gen = torch.Generator().manual_seed(8)
centres, mixing = torch.randn(SPECIES, 6, generator=gen), 0.8 * torch.randn(6, DIM, generator=gen)
x, who = recordings(2400, centres, mixing, gen)
q, q_who = recordings(500, centres, mixing, gen)
net = make_net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
triplet = nn.TripletMarginLoss(margin=0.3)

for epoch in range(10):
    net.train()
    total = 0.0
    for rows in torch.randperm(len(x)).split(60):
        mate, near = hard_triplets(net, x[rows], who[rows])
        net.train()
        out = F.normalize(net(x[rows]), dim=1)
        loss = triplet(out, out[mate], out[near])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(f"epoch {epoch + 1} triplet loss {total / 40:.4f} nearest-neighbour accuracy "
          f"{nearest_neighbour_score(net, x, who, q, q_who):.3f}")
