import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.metrics import roc_auc_score


class FieldEmbedding(nn.Module):
    def __init__(self, field_dims, dim):
        super().__init__()
        self.table = nn.Embedding(sum(field_dims), dim)
        self.register_buffer("offsets", torch.tensor([0, *np.cumsum(field_dims)[:-1]]))
        nn.init.normal_(self.table.weight, std=0.05)

    def forward(self, x):
        return self.table(x + self.offsets)


class DeepFM(nn.Module):
    def __init__(self, field_dims, dim=8, mlp=(64, 32), p=0.5):
        super().__init__()
        self.linear = FieldEmbedding(field_dims, 1)
        self.embedding = FieldEmbedding(field_dims, dim)
        self.fc1 = nn.Linear(len(field_dims) * dim, mlp[0])
        self.fc2 = nn.Linear(mlp[0], mlp[1])
        self.fc3 = nn.Linear(mlp[1], 1)
        self.bias = nn.Parameter(torch.zeros(1))
        self.p = p

    def forward(self, x):
        emb = self.embedding(x)
        fm = 0.5 * (emb.sum(1).pow(2) - emb.pow(2).sum(1)).sum(1)
        h = F.relu(self.fc1(emb.flatten(1)))
        h = F.relu(self.fc2(F.dropout(h, p=self.p)))
        return self.bias + self.linear(x).sum((1, 2)) + fm + self.fc3(h).squeeze(1)


def clicks(n, dims, rng):
    taste = [rng.normal(0, 1, (d, 3)) for d in dims]
    x = np.stack([rng.integers(0, d, n) for d in dims], 1)
    v = [t[x[:, i]] for i, t in enumerate(taste)]
    score = 1.6 * (v[0] * v[1]).sum(1) + 2.0 * np.sign(v[2][:, 0] * v[3][:, 0] * v[1][:, 1]) + 0.5 * v[3][:, 1]
    y = rng.random(n) < 1 / (1 + np.exp(-1.5 * score))
    return torch.tensor(x), torch.tensor(y, dtype=torch.float32)


def evaluate(model, x, y):
    model.eval()
    with torch.no_grad():
        logit = model(x)
    return F.binary_cross_entropy_with_logits(logit, y).item(), roc_auc_score(y.numpy(), logit.numpy())


rng = np.random.default_rng(12)
torch.manual_seed(12)
dims = [40, 30, 12, 7]
x, y = clicks(14000, dims, rng)
x_test, y_test = x[12000:], y[12000:]
model = DeepFM(dims)
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3, weight_decay=1e-6)
for epoch in range(10):
    model.train()
    for idx in torch.randperm(12000).split(256):
        loss = F.binary_cross_entropy_with_logits(model(x[idx]), y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    logloss, auc = evaluate(model, x_test, y_test)
    print("epoch: %d  test logloss: %.4f  test auc: %.4f" % (epoch, logloss, auc))
