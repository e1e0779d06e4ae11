import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(6)

# 300 researchers in 3 fields; people of one field work together more often
n, fields, n_feat = 300, 3, 16
field = torch.randint(fields, (n,))
same = field[:, None] == field[None, :]
prob = torch.where(same, 0.06, 0.008)
upper = torch.triu((torch.rand(n, n) < prob).float(), diagonal=1)
adj = upper + upper.T + torch.eye(n)
deg = adj.sum(dim=1)
a_hat = adj / torch.sqrt(deg[:, None] * deg[None, :])

centres = torch.randn(fields, n_feat)
feats = 0.5 * centres[field] + torch.randn(n, n_feat)
feats = (feats - feats.mean(0)) / feats.std(0)

order = torch.randperm(n)
train_idx, val_idx = order[:150], order[150:]


class GraphConv(nn.Module):
    def __init__(self, in_dim, out_dim):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(in_dim, out_dim))
        self.bias = nn.Parameter(torch.zeros(out_dim))

    def forward(self, x, a):
        return a @ (x @ self.weight) + self.bias


class GCN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = GraphConv(n_feat, 16)
        self.conv2 = GraphConv(16, fields)

    def forward(self, x, a):
        x = F.relu(self.conv1(x, a))
        x = F.dropout(x, 0.5, training=self.training)
        return self.conv2(x, a)


model = GCN()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=5e-4)

for epoch in range(1, 121):
    model.train()
    optimizer.zero_grad()
    out = model(feats, a_hat)
    loss = F.cross_entropy(out[train_idx], field[train_idx])
    loss.backward()
    optimizer.step()
    if epoch % 20 == 0:
        model.eval()
        with torch.no_grad():
            out = model(feats, a_hat)
            val_loss = F.cross_entropy(out[val_idx], field[val_idx]).item()
            acc = (out[val_idx].argmax(1) == field[val_idx]).float().mean().item()
        print(f"Epoch: {epoch:03d}, Loss: {loss.item():.4f}, Val loss: {val_loss:.4f}, Val acc: {acc:.4f}")
