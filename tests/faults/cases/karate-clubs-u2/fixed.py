"""
Semi-supervised node classification, after Kipf & Welling (2017).
300 members, 5 clubs, 100 labelled.
"""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


def sbm(n=300, k=5, p_in=0.10, p_out=0.02, seed=4):
    rng = np.random.RandomState(seed)
    club = rng.randint(0, k, n)
    prob = np.where(club[:, None] == club[None, :], p_in, p_out)
    upper = np.triu(rng.rand(n, n) < prob, 1)
    adj = (upper + upper.T).astype(np.float32)
    hobby = rng.randn(k, 20)
    feats = 0.5 * hobby[club] + rng.randn(n, 20)
    return adj, feats.astype(np.float32), club


def normalize(adj):
    a = adj + np.eye(len(adj), dtype=np.float32)
    d = 1.0 / np.sqrt(a.sum(1))
    return torch.from_numpy(a * d[:, None] * d[None, :])


class GraphConv(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(n_in, n_out))
        self.bias = nn.Parameter(torch.zeros(n_out))
        nn.init.xavier_uniform_(self.weight)

    def forward(self, x, a_hat):
        return a_hat @ (x @ self.weight) + self.bias


class GCN(nn.Module):
    def __init__(self, n_in, n_hid, n_cls):
        super().__init__()
        self.gc1 = GraphConv(n_in, n_hid)
        self.gc2 = GraphConv(n_hid, n_cls)

    def forward(self, x, a_hat):
        return self.gc2(F.relu(self.gc1(x, a_hat)), a_hat)


torch.manual_seed(4)
adj, feats, club = sbm()
a_hat, x, club = normalize(adj), torch.from_numpy(feats), torch.from_numpy(club)
perm = torch.randperm(300)
idx_train, idx_test = perm[:100], perm[100:]

model = GCN(20, 16, 5)
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)

for epoch in range(1, 201):
    optimizer.zero_grad()
    logits = model(x, a_hat)
    loss_train = F.cross_entropy(logits[idx_train], club[idx_train])
    loss_train.backward()
    optimizer.step()
    if epoch % 40 == 0:
        with torch.no_grad():
            logits = model(x, a_hat)
            acc = (logits.argmax(1) == club)[idx_test].float().mean()
        print('Epoch: {:04d} loss_train: {:.4f} loss_test: {:.4f} acc_test: {:.4f}'.format(
            epoch, loss_train.item(), F.cross_entropy(logits[idx_test], club[idx_test]).item(), acc.item()))
