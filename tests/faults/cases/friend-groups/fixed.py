import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(13)
N, GROUPS = 300, 4

group = torch.randint(0, GROUPS, (N,))
same = group[:, None] == group[None, :]
chance = torch.where(same, 0.16, 0.02)
upper = torch.triu(torch.rand(N, N) < chance, diagonal=1)
adjacency = (upper | upper.T).float() + torch.eye(N)
features = F.one_hot(group, GROUPS).float() + 0.7 * torch.randn(N, GROUPS)
features = torch.cat([features, torch.randn(N, 12)], dim=1)
order = torch.randperm(N)
train_nodes, test_nodes = order[:150], order[150:]


class GraphLayer(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.own = nn.Linear(n_in, n_out)
        self.neighbours = nn.Linear(n_in, n_out, bias=False)

    def forward(self, h, adj):
        message = adj @ self.neighbours(h) / adj.sum(1, keepdim=True)
        return F.relu(self.own(h) + message)


class GraphNet(nn.Module):
    def __init__(self, n_in, hidden, n_out, depth):
        super().__init__()
        sizes = [n_in] + [hidden] * depth
        self.layers = nn.ModuleList(GraphLayer(a, b) for a, b in zip(sizes[:-1], sizes[1:]))
        self.readout = nn.Linear(hidden, n_out)

    def forward(self, h, adj):
        for layer in self.layers:
            h = layer(h, adj)
        return self.readout(h)


model = GraphNet(features.size(1), 32, GROUPS, depth=4)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-3)
for step in range(1, 201):
    model.train()
    optimizer.zero_grad()
    out = model(features, adjacency)
    loss = F.cross_entropy(out[train_nodes], group[train_nodes])
    loss.backward()
    optimizer.step()
    if step % 40 == 0:
        model.eval()
        with torch.no_grad():
            guess = model(features, adjacency).argmax(1)
        acc = (guess[test_nodes] == group[test_nodes]).float().mean().item()
        print(f"step {step}: loss {loss.item():.4f} test accuracy {acc:.3f}")
