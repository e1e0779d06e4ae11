import numpy as np
import torch
import torch.nn.functional as F
from sklearn.metrics import average_precision_score
from torch import nn

rng = np.random.default_rng(2)
torch.manual_seed(2)

# 240 authors in 6 fields; people of one field write together now and then
n, fields = 240, 6
field = rng.integers(0, fields, n)
together = field[:, None] == field[None, :]
upper = np.triu(rng.random((n, n)) < np.where(together, 0.35, 0.02), 1)
words = np.eye(fields)[field] @ rng.normal(size=(fields, 20)) + 1.5 * rng.normal(size=(n, 20))
words = torch.tensor((words - words.mean(0)) / words.std(0), dtype=torch.float32)

i, j = np.triu_indices(n, 1)
order = rng.permutation(len(i))
i, j = torch.tensor(i[order]), torch.tensor(j[order])
link = torch.tensor(upper)[i, j].float()
cut = int(0.8 * len(link))

adj = torch.zeros(n, n)
adj[i[:cut], j[:cut]] = link[:cut]
adj = adj + adj.T + torch.eye(n)
d = adj.sum(1).rsqrt()
adj = d[:, None] * adj * d[None, :]


class GraphEncoder(nn.Module):
    def __init__(self, dims):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(dims, dims[1:]))
        self.offset = nn.Parameter(torch.zeros(1))

    def forward(self, x, i, j):
        for k, layer in enumerate(self.layers):
            x = adj @ layer(x)
            if k + 1 < len(self.layers):
                x = torch.relu(x)
        return (x[i] * x[j]).sum(-1) + self.offset


net = GraphEncoder([20, 32, 16])
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)

for epoch in range(250):
    net.train()
    optimizer.zero_grad()
    score = net(words, i[:cut], j[:cut])
    loss = F.binary_cross_entropy_with_logits(score, link[:cut])
    loss.backward()
    optimizer.step()
    if (epoch + 1) % 25 == 0:
        net.eval()
        with torch.no_grad():
            p = torch.sigmoid(net(words, i[cut:], j[cut:]))
        nll = F.binary_cross_entropy(p, link[cut:]).item()
        ap = average_precision_score(link[cut:], p)
        print(f"{epoch + 1:4d} loss {loss.item():.4f} | held-out pairs: log loss {nll:.4f}, average precision {ap:.3f}")
