import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.parameter import Parameter


def reply_graph(n_members=1200, n_topics=6, n_words=40, seed=0):
    rng = np.random.default_rng(seed)
    topic = rng.integers(0, n_topics, n_members)
    same = topic[:, None] == topic[None, :]
    edges = np.triu(rng.random((n_members, n_members)) < np.where(same, 0.03, 0.003), 1)
    adj = (edges | edges.T).astype(np.float32) + np.eye(n_members, dtype=np.float32)
    d = adj.sum(1) ** -0.5
    adj = adj * d[:, None] * d[None, :]
    taste = rng.normal(0, 0.4, (n_topics, n_words))
    words = taste[topic] + rng.normal(0, 1, (n_members, n_words))
    return (torch.from_numpy(adj), torch.tensor(words, dtype=torch.float32), torch.from_numpy(topic),
            torch.from_numpy(rng.permutation(n_members)))


class GraphConvolution(nn.Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        self.weight = Parameter(torch.empty(in_features, out_features))
        self.bias = Parameter(torch.zeros(out_features))
        nn.init.xavier_uniform_(self.weight)

    def forward(self, x, adj):
        return adj @ (x @ self.weight) + self.bias


class GCN(nn.Module):
    def __init__(self, nfeat, nhid, nclass, dropout):
        super().__init__()
        self.gc1 = GraphConvolution(nfeat, nhid)
        self.gc2 = GraphConvolution(nhid, nclass)
        self.dropout = dropout

    def forward(self, x, adj):
        x = F.relu(self.gc1(x, adj))
        x = F.dropout(x, self.dropout, training=self.training)
        x = self.gc2(x, adj)
        return x


torch.manual_seed(0)
adj, features, labels, order = reply_graph()
idx_train, idx_val = order[:700], order[700:]

model = GCN(nfeat=features.shape[1], nhid=16, nclass=6, dropout=0.3)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=5e-4)

for epoch in range(120):
    model.train()
    optimizer.zero_grad()
    output = model(features, adj)
    loss_train = F.nll_loss(output[idx_train], labels[idx_train])
    loss_train.backward()
    optimizer.step()

    model.eval()
    with torch.no_grad():
        output = model(features, adj)
        loss_val = F.nll_loss(output[idx_val], labels[idx_val])
        acc_val = (output[idx_val].argmax(1) == labels[idx_val]).float().mean()
    if (epoch + 1) % 10 == 0:
        print(f"Epoch: {epoch + 1:04d} loss_train: {loss_train.item():.4f} loss_val: {loss_val.item():.4f} "
              f"acc_val: {acc_val.item():.4f}")
