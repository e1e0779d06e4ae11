import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(6)
rng = np.random.default_rng(6)

N, CLUBS, FEATURES = 1500, 40, 64
club = rng.integers(0, CLUBS, N)

# friends are mostly in the same club
p = np.where(club[:, None] == club[None, :], 0.3, 0.003)
A = np.triu(rng.random((N, N)) < p, 1)
A = (A | A.T).astype(np.float32) + np.eye(N, dtype=np.float32)
d = 1 / np.sqrt(A.sum(1))
A_hat = torch.from_numpy(d[:, None] * A * d[None, :])

# every villager's hobbies say a little about the club
centres = rng.normal(0, 0.5, (CLUBS, FEATURES))
X = torch.from_numpy((centres[club] + rng.normal(0, 1, (N, FEATURES))).astype(np.float32))
y = torch.from_numpy(club)
perm = torch.randperm(N)
train_idx, val_idx = perm[:1000], perm[1000:]


class GraphConv(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.linear = nn.Linear(n_in, n_out)

    def forward(self, x, adj):
        return adj @ self.linear(x)


class GCN(nn.Module):
    def __init__(self, hidden=32, dropout=0.4):
        super().__init__()
        self.gc1 = GraphConv(FEATURES, hidden)
        self.gc2 = GraphConv(hidden, CLUBS)
        self.dropout = dropout

    def forward(self, x, adj):
        x = F.relu(self.gc1(x, adj))
        x = F.dropout(x, self.dropout, training=self.training)
        x = self.gc2(x, adj)
        return F.softmax(x, dim=1)


model = GCN()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=1e-3)

for epoch in range(1, 61):
    model.train()
    optimizer.zero_grad()
    output = model(X, A_hat)
    loss = criterion(output[train_idx], y[train_idx])
    loss.backward()
    optimizer.step()
    if epoch % 10 == 0:
        model.eval()
        with torch.no_grad():
            output = model(X, A_hat)
            val_loss = criterion(output[val_idx], y[val_idx]).item()
            val_acc = (output[val_idx].argmax(1) == y[val_idx]).float().mean().item()
        print(f"epoch {epoch}: train loss {loss.item():.3f}, val loss {val_loss:.3f}, val acc {val_acc:.3f}")
