import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(31)

# a graph with four communities (stochastic block model); features say little about them
n, k = 400, 4
community = torch.arange(n) % k
prob = torch.where(community[:, None] == community[None, :], 0.06, 0.012)
upper = torch.triu(torch.rand(n, n) < prob, diagonal=1).float()
adj = upper + upper.T + torch.eye(n)
deg = adj.sum(1)
norm_adj = adj / (deg[:, None] * deg[None, :]).sqrt()
features = torch.randn(n, 16) + 0.9 * F.one_hot(community, 16).float()
perm = torch.randperm(n)
train_nodes, val_nodes = perm[:200], perm[200:]


class GCN(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.lin1 = nn.Linear(n_in, n_hidden)
        self.lin2 = nn.Linear(n_hidden, n_out)

    def forward(self, x):
        x = F.relu(norm_adj @ self.lin1(x))
        x = F.dropout(x, 0.3, self.training)
        return norm_adj @ self.lin2(x)


def log_gradients(model, history):
    norms = {name: p.grad.norm().item() for name, p in model.named_parameters()}
    history.append(norms)
    model.zero_grad()
    return max(norms, key=norms.get)


model = GCN(16, 32, k)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=5e-4)
history = []
for epoch in range(200):
    model.train()
    optimizer.zero_grad()
    out = model(features)
    loss = F.cross_entropy(out[train_nodes], community[train_nodes])
    loss.backward()
    largest = log_gradients(model, history)
    optimizer.step()
    if (epoch + 1) % 40 == 0:
        model.eval()
        with torch.no_grad():
            pred = model(features).argmax(1)
        acc = (pred[val_nodes] == community[val_nodes]).float().mean().item()
        print(f"epoch {epoch + 1} loss {loss.item():.4f} val acc {acc:.3f} largest gradient in {largest}")
