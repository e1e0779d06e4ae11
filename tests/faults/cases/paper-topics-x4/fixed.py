import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

rng = np.random.RandomState(8)
torch.manual_seed(8)

# a citation graph: 900 papers, 6 topics, 80 word features
N, TOPICS, WORDS = 900, 6, 80
topic = rng.randint(0, TOPICS, N)
same = topic[:, None] == topic[None, :]
A = (rng.rand(N, N) < np.where(same, 0.012, 0.002)).astype(np.float32)
A = np.maximum(A, A.T)
np.fill_diagonal(A, 1.0)
d = 1.0 / np.sqrt(A.sum(1))
A_hat = A * d[:, None] * d[None, :]

usage = rng.randn(TOPICS, WORDS) * 0.45
words = (usage[topic] + rng.randn(N, WORDS)).astype(np.float32)

features = torch.from_numpy(words)
labels = torch.from_numpy(topic).long()
order = torch.from_numpy(rng.permutation(N))
train_idx, test_idx = order[:540], order[540:]


def propagate(h):
    return torch.from_numpy(A_hat) @ h


class GCN(nn.Module):
    def __init__(self, hidden=8):
        super().__init__()
        self.w1 = nn.Linear(WORDS, hidden)
        self.w2 = nn.Linear(hidden, TOPICS)

    def forward(self, h):
        h = F.elu(self.w1(propagate(h)))
        return self.w2(propagate(h))


gcn = GCN()
optimizer = torch.optim.Adam(gcn.parameters(), lr=0.02, weight_decay=5e-4)
for epoch in range(1, 121):
    optimizer.zero_grad()
    scores = gcn(features)
    loss = F.cross_entropy(scores[train_idx], labels[train_idx])
    loss.backward()
    optimizer.step()
    if epoch % 20 == 0:
        with torch.no_grad():
            hit = gcn(features).argmax(1) == labels
        print("epoch %d  loss %.3f  train %.3f  test %.3f" % (
            epoch, loss.item(), hit[train_idx].float().mean(), hit[test_idx].float().mean()))
