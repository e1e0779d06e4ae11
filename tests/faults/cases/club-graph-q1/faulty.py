import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

MEMBERS, CLUBS, FEATURES = 600, 5, 20


def friendship_graph(seed):
    rng = np.random.default_rng(seed)
    club = rng.integers(0, CLUBS, MEMBERS)
    same = club[:, None] == club[None, :]
    edge = np.triu(rng.random((MEMBERS, MEMBERS)) < np.where(same, 0.05, 0.004), 1)
    adjacency = (edge | edge.T).astype(np.float32)
    interests = rng.normal(size=(CLUBS, FEATURES))[club] * 0.5 + rng.normal(size=(MEMBERS, FEATURES))
    return adjacency, interests.astype(np.float32), club


def normalise(adjacency):
    with_loops = adjacency + torch.eye(len(adjacency))
    d = with_loops.sum(1).rsqrt()
    return d[:, None] * with_loops * d[None, :]


class GraphConv(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.linear = nn.Linear(n_in, n_out)

    def forward(self, a_hat, h):
        return a_hat @ self.linear(h)


class GCN(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.conv1 = GraphConv(FEATURES, hidden)
        self.conv2 = GraphConv(hidden, CLUBS)

    def forward(self, a_hat, x):
        h = F.relu(self.conv1(a_hat, x))
        h = F.dropout(h, 0.2, training=self.training)
        return self.conv2(a_hat, h)


torch.manual_seed(16)
adjacency, x, club = friendship_graph(16)
a_hat = normalise(torch.from_numpy(adjacency))
x, club = torch.from_numpy(x), torch.from_numpy(club)
order = torch.randperm(MEMBERS)
train_idx, val_idx = order[:300], order[300:]

model = GCN()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-5)
for epoch in range(1, 121):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(a_hat, x)[train_idx], club[train_idx])
    loss.backward()
    optimizer.step()
    if epoch % 20 == 0:
        model.eval()
        with torch.no_grad():
            out = model(a_hat, x)
            val_loss = F.cross_entropy(out[val_idx], club[val_idx]).item()
            acc = (out[val_idx].argmax(1) == club[val_idx]).float().mean().item()
        print(f"epoch {epoch:3d} train loss {loss.item():.4f} val loss {val_loss:.4f} val acc {acc:.4f}")
