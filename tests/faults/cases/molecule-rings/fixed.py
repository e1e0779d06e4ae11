import random

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


def random_graph(rng):
    n = int(rng.integers(6, 12))
    upper = np.triu(rng.random((n, n)) < rng.uniform(0.12, 0.4), 1)
    adj = (upper | upper.T).astype(np.float32)
    triangles = np.trace(adj @ adj @ adj) / 6
    return torch.from_numpy(adj), float(triangles > 0)


class MessagePassing(nn.Module):
    """The states of the nodes start as random walks' return counts, then mix with their neighbours'."""

    def __init__(self, hidden=24, rounds=2):
        super().__init__()
        self.start = nn.Linear(4, hidden)
        self.mix = nn.ModuleList([nn.Linear(2 * hidden, hidden) for _ in range(rounds)])
        self.readout = nn.Sequential(nn.Linear(2 * hidden, hidden), nn.ReLU(), nn.Linear(hidden, 1))

    def forward(self, adj):
        degree = adj.sum(1, keepdim=True)
        two, three = adj @ adj, adj @ adj @ adj
        x = torch.cat([torch.ones_like(degree), degree / 3, two.diagonal()[:, None] / 3, three.diagonal()[:, None] / 4], 1)
        h = torch.relu(self.start(x))
        for layer in self.mix:
            neighbours = adj @ h / degree.clamp(min=1)
            h = torch.relu(layer(torch.cat([h, neighbours], 1)))
        return self.readout(torch.cat([h.mean(0), h.max(0).values]))


rng = np.random.default_rng(2)
random.seed(2)
torch.manual_seed(2)
train = [random_graph(rng) for _ in range(960)]
test = [random_graph(rng) for _ in range(300)]
net = MessagePassing()
optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
GRAPHS_PER_UPDATE = 32

for epoch in range(1, 7):
    random.shuffle(train)
    net.train()
    mean_loss = 0.0
    for i, (adj, label) in enumerate(train, 1):
        loss = F.binary_cross_entropy_with_logits(net(adj), torch.tensor([label]))
        mean_loss += loss.item() / len(train)
        (loss / GRAPHS_PER_UPDATE).backward()
        if i % GRAPHS_PER_UPDATE == 0:
            optimizer.step()
            optimizer.zero_grad()
    net.eval()
    with torch.no_grad():
        right = sum((net(adj).item() > 0) == (label > 0.5) for adj, label in test)
    print(f"epoch {epoch}: loss {mean_loss:.4f}, test accuracy {right / len(test):.3f}")
