import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(23)

# ---- a citation graph: 900 papers, 5 topics, 400 words -------------------------------
N, C, V = 900, 5, 400
topic = torch.randint(0, C, (N,))
words = (torch.rand(N, V) < 0.03).float()
for c in range(C):
    own = torch.arange(c * 40, c * 40 + 40)
    rows = (topic == c).nonzero().squeeze(1)
    words[rows[:, None], own] = (torch.rand(len(rows), 40) < 0.09).float()
src = torch.randint(0, N, (12000,))
dst = torch.randint(0, N, (12000,))
keep = (topic[src] == topic[dst]) | (torch.rand(12000) < 0.04)
src, dst = src[keep], dst[keep]
src, dst = torch.cat([src, dst, torch.arange(N)]), torch.cat([dst, src, torch.arange(N)])
degree = torch.bincount(dst, minlength=N).float().unsqueeze(1)
order = torch.randperm(N)
train_idx, test_idx = order[:500], order[500:]


class GraphConv(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.lin = nn.Linear(n_in, n_out)

    def forward(self, x):
        msg = self.lin(x)
        agg = torch.zeros_like(msg)
        agg.data.index_add_(0, dst, msg[src])
        return agg / degree


class GCN(nn.Module):
    def __init__(self, hidden=6):
        super().__init__()
        self.conv = GraphConv(V, hidden)
        self.readout = nn.Linear(hidden, C)

    def forward(self, x):
        return self.readout(torch.tanh(self.conv(x)))


model = GCN()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=2e-3)


def test():
    model.eval()
    with torch.no_grad():
        pred = model(words).argmax(dim=1)
    return [(pred[i] == topic[i]).float().mean().item() for i in (train_idx, test_idx)]


for epoch in range(1, 101):
    model.train()
    optimizer.zero_grad()
    out = model(words)
    loss = F.cross_entropy(out[train_idx], topic[train_idx])
    loss.backward()
    optimizer.step()
    if epoch % 25 == 0:
        train_acc, test_acc = test()
        print(f'Epoch: {epoch:03d}, Loss: {loss:.4f}, Train: {train_acc:.4f}, Test: {test_acc:.4f}')
