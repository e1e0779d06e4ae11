import torch
import torch.nn as nn
import torch.nn.functional as F


def molecule_batch(n, atoms=8, seed=0):
    """Random little molecules; the target is a made-up energy from bonds and atom kinds."""
    g = torch.Generator().manual_seed(seed)
    kind = torch.randint(4, (n, atoms), generator=g)
    upper = torch.triu((torch.rand(n, atoms, atoms, generator=g) < 0.3).float(), 1)
    adj = upper + upper.transpose(1, 2)
    charge = torch.tensor([0.9, -0.6, 0.2, -1.1])[kind]
    bond = (adj * charge[:, :, None] * charge[:, None, :]).sum((1, 2)) / 2
    crowd = (adj.sum(2) - 2).clamp(min=0).sum(1)
    energy = bond - 0.3 * crowd + 0.5 * charge.sum(1)
    energy = energy + 0.05 * torch.randn(n, generator=g)
    return kind, adj, energy


class MessageNet(nn.Module):
    def __init__(self, kinds=4, width=32, rounds=2):
        super().__init__()
        self.embed = nn.Embedding(kinds, width)
        self.own = nn.ModuleList([nn.Linear(width, width) for _ in range(rounds)])
        self.near = nn.ModuleList([nn.Linear(width, width, bias=False) for _ in range(rounds)])
        self.atom_energy = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 1))

    def forward(self, kind, adj):
        h = self.embed(kind)
        for own, near in zip(self.own, self.near):
            h = h + F.silu(own(h) + 0.5 * (adj @ near(h)))
        return self.atom_energy(h).sum((1, 2))


class Descent:
    def __init__(self, parameters, lr, momentum=0.9):
        self.parameters = list(parameters)
        self.velocity = [torch.zeros_like(p) for p in self.parameters]
        self.lr, self.momentum = lr, momentum

    def clear(self):
        for p in self.parameters:
            p.grad = None

    @torch.no_grad()
    def update(self):
        norm = torch.stack([p.grad.norm() for p in self.parameters]).norm()
        scale = min(1.0, 5.0 / (norm.item() + 1e-6))
        for p, v in zip(self.parameters, self.velocity):
            v.mul_(self.momentum).add_(p.grad, alpha=scale)
            p = p - self.lr * v


torch.manual_seed(0)
kind, adj, energy = molecule_batch(1500, seed=1)
kind_t, adj_t, energy_t = molecule_batch(500, seed=2)
net = MessageNet()
descent = Descent(net.parameters(), lr=0.003)

for epoch in range(1, 31):
    total = 0.0
    for rows in torch.randperm(len(energy)).split(50):
        loss = F.mse_loss(net(kind[rows], adj[rows]), energy[rows])
        descent.clear()
        loss.backward()
        descent.update()
        total += loss.item() * len(rows)
    if epoch % 5 == 0:
        with torch.no_grad():
            off = net(kind_t, adj_t) - energy_t
        print(f"epoch {epoch:2d} train mse {total / len(energy):.4f} test rmse {off.square().mean().sqrt():.4f} "
              f"(spread {energy_t.std():.3f})")
