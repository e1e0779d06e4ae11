import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


def pasture(n=1500, flocks=5, n_features=120, seed=2):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, flocks, n)
    same = y[:, None] == y[None, :]
    meet = rng.random((n, n)) < np.where(same, 0.012, 0.002)
    meet = np.triu(meet, 1)
    meet = meet + meet.T + np.eye(n)
    centre = rng.normal(0, 1, (flocks, 8))
    x = rng.normal(0, 1, (n, n_features))
    x[:, :8] += 0.9 * centre[y]
    degree = meet.sum(1)
    adj = meet / np.sqrt(degree[:, None] * degree[None, :])
    return adj.astype(np.float32), x.astype(np.float32), y


def propagate(adj, h):
    """One step of message passing: the weighted sum over the neighbours."""
    return torch.from_numpy(adj) @ h


class GCN(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.lin1 = nn.Linear(n_in, n_hidden)
        self.lin2 = nn.Linear(n_hidden, n_out)

    def forward(self, adj, x):
        h = F.relu(self.lin1(propagate(adj, x)))
        h = F.dropout(h, 0.4, training=self.training)
        return self.lin2(propagate(adj, h))


torch.manual_seed(2)
adj, features, flock = pasture()
x = torch.from_numpy((features - features.mean(0)) / features.std(0))
y = torch.from_numpy(flock)
order = torch.randperm(len(y))
train_idx, val_idx = order[:1100], order[1100:]

model = GCN(x.shape[1], 16, 5)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2, weight_decay=5e-3)
for epoch in range(1, 121):
    model.train()
    optimizer.zero_grad()
    out = model(adj, x)
    loss = F.cross_entropy(out[train_idx], y[train_idx])
    loss.backward()
    optimizer.step()
    if epoch % 20 == 0:
        model.eval()
        with torch.no_grad():
            out = model(adj, x)
            val_loss = F.cross_entropy(out[val_idx], y[val_idx]).item()
            hit = (out.argmax(1) == y).float()
        print(f"epoch {epoch:3d}  loss {loss.item():.3f}  val loss {val_loss:.3f}  "
              f"train acc {hit[train_idx].mean():.3f}  val acc {hit[val_idx].mean():.3f}")
