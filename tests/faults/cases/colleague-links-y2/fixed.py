import torch
import torch.nn as nn
import torch.nn.functional as F


class LinkPredictor(nn.Module):
    def __init__(self, n_feat, hidden, out):
        super().__init__()
        self.w1 = nn.Linear(n_feat, hidden)
        self.w2 = nn.Linear(hidden, out)
        self.offset = nn.Parameter(torch.zeros(()))

    def encode(self, x, adj):
        h = F.relu(adj @ self.w1(x))
        return adj @ self.w2(h)

    def decode(self, z, pairs):
        score = (z[pairs[0]] * z[pairs[1]]).sum(-1) + self.offset
        return score

    def forward(self, x, adj, pairs):
        return self.decode(self.encode(x, adj), pairs)


def make_network(n=160, groups=5):
    team = torch.randint(groups, (n,))
    prob = torch.where(team[:, None] == team[None], 0.45, 0.01)
    upper = torch.triu(torch.rand(n, n) < prob, diagonal=1)
    x = 0.8 * F.one_hot(team, groups).float() @ torch.randn(groups, 12) + 0.6 * torch.randn(n, 12)
    return x, upper


torch.manual_seed(31)
x, upper = make_network()
edges = upper.nonzero().T
edges = edges[:, torch.randperm(edges.shape[1])]
others = torch.triu(~upper, diagonal=1).nonzero().T
others = others[:, torch.randperm(others.shape[1])]
k = edges.shape[1] // 5
test_pairs = torch.cat([edges[:, :k], others[:, :k]], 1)
test_y = torch.cat([torch.ones(k), torch.zeros(k)])
pos, neg = edges[:, k:], others[:, k:]

adj = torch.eye(len(x))
adj[pos[0], pos[1]] = 1.0
adj[pos[1], pos[0]] = 1.0
d = adj.sum(1).rsqrt()
adj = d[:, None] * adj * d[None]

model = LinkPredictor(12, 32, 16)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(1, 121):
    model.train()
    sample = neg[:, torch.randint(neg.shape[1], (pos.shape[1],))]
    pairs = torch.cat([pos, sample], 1)
    y = torch.cat([torch.ones(pos.shape[1]), torch.zeros(pos.shape[1])])
    optimizer.zero_grad()
    loss = F.binary_cross_entropy_with_logits(model(x, adj, pairs), y)
    loss.backward()
    optimizer.step()
    if epoch % 20 == 0:
        model.eval()
        with torch.no_grad():
            out = model(x, adj, test_pairs)
            test_loss = F.binary_cross_entropy_with_logits(out, test_y)
            acc = ((out.sigmoid() > 0.5) == test_y.bool()).float().mean()
        print(f"epoch {epoch:3d} loss {loss.item():.4f} test loss {test_loss:.4f} test acc {acc:.4f}")
