import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

SUBJECTS, PAPERS, WORDS = 7, 700, 120


def library(seed=0):
    rng = np.random.default_rng(seed)
    subject = rng.integers(0, SUBJECTS, PAPERS)
    same = subject[:, None] == subject[None, :]
    cites = rng.random((PAPERS, PAPERS)) < np.where(same, 0.045, 0.003)
    cites = np.triu(cites, 1)
    adjacency = (cites | cites.T).astype("float32") + np.eye(PAPERS, dtype="float32")
    prefers = rng.random((SUBJECTS, WORDS)) < 0.2
    words = rng.random((PAPERS, WORDS)) < np.where(prefers[subject], 0.15, 0.05)
    return torch.tensor(adjacency), torch.tensor(words.astype("float32")), torch.tensor(subject)


class GraphConv(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(n_in, n_out))
        self.bias = nn.Parameter(torch.zeros(n_out))
        nn.init.xavier_uniform_(self.weight)

    def forward(self, x, a_hat):
        return a_hat @ (x @ self.weight) + self.bias


class GCN(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.gc1 = GraphConv(WORDS, hidden)
        self.gc2 = GraphConv(hidden, SUBJECTS)

    def forward(self, x, a_hat):
        x = F.relu(self.gc1(x, a_hat))
        x = F.dropout(x, 0.4, self.training)
        return torch.softmax(self.gc2(x, a_hat), -1)


torch.manual_seed(25)
adjacency, words, subject = library()
d = adjacency.sum(1).rsqrt()
a_hat = d[:, None] * adjacency * d[None, :]
order = torch.randperm(PAPERS)
train, val = order[:250], order[250:]

gcn = GCN()
optimizer = torch.optim.SGD(gcn.parameters(), lr=0.2, momentum=0.9, weight_decay=5e-3)
for epoch in range(1, 81):
    gcn.train()
    loss = F.cross_entropy(gcn(words, a_hat)[train], subject[train])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 10 == 0:
        gcn.eval()
        with torch.no_grad():
            out = gcn(words, a_hat)[val]
            acc = (out.argmax(1) == subject[val]).float().mean().item()
            val_loss = F.cross_entropy(out, subject[val]).item()
        print(f"epoch {epoch:3d} loss {loss.item():.3f} val loss {val_loss:.3f} val acc {acc:.3f}")
