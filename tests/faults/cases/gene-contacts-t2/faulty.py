import torch
import torch.nn.functional as F
from sklearn.metrics import f1_score
from torch import nn


def gene_network(n=400, groups=8, features=24):
    """Genes in pathways; nearly all contacts are within a pathway."""
    pathway = torch.randint(0, groups, (n,))
    x = torch.randn(groups, features)[pathway] + 1.2 * torch.randn(n, features)
    same = pathway[:, None] == pathway[None, :]
    contact = torch.rand(n, n) < torch.where(same, 0.9, 0.005)
    contact = torch.triu(contact, 1)
    return x, contact


class LinkPredictor(nn.Module):
    def __init__(self, n_in, hidden=48, out=24):
        super().__init__()
        self.lin1 = nn.Linear(n_in, hidden)
        self.lin2 = nn.Linear(hidden, out)
        self.bias = nn.Parameter(torch.zeros(1))

    def encode(self, x, adj):
        h = F.relu(self.lin1(adj @ x))
        return self.lin2(adj @ h)

    def decode(self, z, pairs):
        score = (z[pairs[0]] * z[pairs[1]]).sum(dim=1) / z.shape[1] ** 0.5 + self.bias
        return torch.sigmoid(score)

    def forward(self, x, adj, pairs):
        return self.decode(self.encode(x, adj), pairs)


def normalise(edges, n):
    adj = torch.eye(n)
    adj[edges[0], edges[1]] = 1
    adj[edges[1], edges[0]] = 1
    degree = adj.sum(1)
    return adj / (degree[:, None] * degree[None, :]).sqrt()


torch.manual_seed(10)
x, contact = gene_network()
n = len(x)
pairs = torch.triu_indices(n, n, 1)
pairs = pairs[:, torch.randperm(pairs.shape[1])]
labels = contact[pairs[0], pairs[1]].float()

# a third of all pairs is known as structure, the rest is for supervision and validation
a, b = pairs.shape[1] // 3, 2 * pairs.shape[1] // 3
adj = normalise(pairs[:, :a][:, labels[:a] == 1], n)
train_pairs, train_y = pairs[:, a:b], labels[a:b]
val_pairs, val_y = pairs[:, b:], labels[b:]

model = LinkPredictor(x.shape[1])
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(1, 13):
    model.train()
    total, batches = 0.0, torch.randperm(len(train_y)).split(512)
    for idx in batches:
        optimizer.zero_grad()
        out = model(x, adj, train_pairs[:, idx])
        loss = F.binary_cross_entropy_with_logits(out, train_y[idx])
        loss.backward()
        optimizer.step()
        total += loss.item()
    model.eval()
    with torch.no_grad():
        prob = model(x, adj, val_pairs)
        val_loss = F.binary_cross_entropy_with_logits(prob, val_y).item()
    f1 = f1_score(val_y.numpy(), (prob > 0.5).numpy())
    print(f"Epoch {epoch:02d}, loss {total / len(batches):.4f}, val loss {val_loss:.4f}, val F1 {f1:.4f}")
