import logging
import sys

import torch
import torch.nn.functional as F
from torch import nn

logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(message)s")


def society(n=1200, k=6, gen=None):
    """People of unequal groups (40, 25, 20, 15 percent) whose friends mostly belong to the same group."""
    group = torch.multinomial(torch.tensor([0.4, 0.25, 0.2, 0.15]), n, replacement=True, generator=gen)
    features = torch.randn(n, 16, generator=gen)
    features[:, :4] += 1.2 * F.one_hot(group, 4)
    same = (group[:, None] == group[None]).float() * 10 + 1
    same.fill_diagonal_(0)
    friends = torch.multinomial(same, k, generator=gen)
    adj = torch.zeros(n, n).scatter_(1, friends, 1.0)
    adj = ((adj + adj.t()) > 0).float() + torch.eye(n)
    d = adj.sum(1).rsqrt()
    return features, group, d[:, None] * adj * d[None]


class GCNLayer(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(n_in, n_out))
        self.bias = nn.Parameter(torch.zeros(n_out))
        nn.init.xavier_uniform_(self.weight)

    def forward(self, x, adj):
        return adj @ (x @ self.weight) + self.bias


class GCN(nn.Module):
    def __init__(self, n_feat, n_hid, n_class, dropout=0.3):
        super().__init__()
        self.gc1 = GCNLayer(n_feat, n_hid)
        self.gc2 = GCNLayer(n_hid, n_class)
        self.dropout = dropout

    def forward(self, x, adj):
        x = F.relu(self.gc1(x, adj))
        x = F.dropout(x, self.dropout, training=self.training)
        return F.log_softmax(self.gc2(x, adj), dim=1)


gen = torch.Generator().manual_seed(50)
torch.manual_seed(50)
features, labels, adj = society(gen=gen)
idx = torch.randperm(len(labels), generator=gen)
idx_train, idx_test = idx[:600], idx[600:]

model = GCN(16, 32, 4)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=5e-4)

for epoch in range(120):
    model.train()
    optimizer.zero_grad()
    output = model(features, adj)
    loss_train = F.nll_loss(output[idx_train], labels[idx_train])
    loss_train.backward()
    optimizer.step()

    if epoch % 20 == 19:
        model.eval()
        with torch.no_grad():
            output = model(features, adj)
            loss_test = F.nll_loss(output[idx_test], labels[idx_test]).item()
            acc = (output[idx_test].argmax(1) == labels[idx_test]).float().mean().item()
        logging.info("Epoch %04d loss_train %.4f loss_test %.4f acc_test %.4f", epoch + 1, loss_train.item(), loss_test, acc)
