import random

import torch
import torch.nn.functional as F

random.seed(6)
torch.manual_seed(6)
ATOMS = 4


def molecule():
    """random tree of atoms, sometimes closed to a ring; the target is a made-up energy"""
    n = random.randint(4, 9)
    kind = torch.randint(0, ATOMS, (n,))
    adj = torch.zeros(n, n)
    for i in range(1, n):
        j = random.randrange(i)
        adj[i, j] = adj[j, i] = 1
    if random.random() < 0.5:
        adj[0, n - 1] = adj[n - 1, 0] = 1
    weight = torch.tensor([0.5, -1.0, 1.5, 0.2])[kind]
    energy = (adj * torch.outer(weight, weight)).sum() / n + 0.5 * weight.mean()
    return F.one_hot(kind, ATOMS).float(), adj, energy


data = [molecule() for _ in range(500)]
mean = torch.stack([e for _, _, e in data]).mean()
std = torch.stack([e for _, _, e in data]).std()
train, test = data[:400], data[400:]


class GraphNet(torch.nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.own1, self.near1 = torch.nn.Linear(ATOMS, hidden), torch.nn.Linear(ATOMS, hidden, bias=False)
        self.own2, self.near2 = torch.nn.Linear(hidden, hidden), torch.nn.Linear(hidden, hidden, bias=False)
        self.read = torch.nn.Linear(hidden, 1)

    def forward(self, x, adj):
        adj = adj / adj.sum(1, keepdim=True)
        h = torch.relu(self.own1(x) + self.near1(adj @ x))
        h = torch.relu(self.own2(h) + self.near2(adj @ h))
        return self.read(h.mean(0)).squeeze()


net = GraphNet()
opt = torch.optim.SGD(net.parameters(), lr=0.03, momentum=0.9)
graphs_per_step = 20

for epoch in range(1, 13):
    random.shuffle(train)
    net.train()
    total = 0.0
    for k, (x, adj, energy) in enumerate(train):
        loss = (net(x, adj) - (energy - mean) / std) ** 2
        (loss / graphs_per_step).backward()
        total += loss.item()
        if (k + 1) % graphs_per_step == 0:
            opt.step()
            opt.zero_grad()
    net.eval()
    with torch.no_grad():
        errors = [(net(x, adj) - (e - mean) / std) ** 2 for x, adj, e in test]
    print(f"epoch {epoch:2d}  train mse {total / len(train):.4f}  test mse {sum(errors).item() / len(test):.4f}")
