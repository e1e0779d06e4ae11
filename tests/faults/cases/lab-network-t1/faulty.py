import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
rng = np.random.default_rng(0)

# who mails whom inside the institute; departments are numbered 1 to 4 in the staff table
n = 600
dept = rng.integers(1, 5, n)
same = dept[:, None] == dept[None, :]
mails = rng.random((n, n)) < np.where(same, 0.05, 0.008)
mails = np.triu(mails, 1)
A = (mails | mails.T).astype(np.float32)

# bag of words from the subject lines
topic = rng.dirichlet(np.full(60, 0.3), size=4)
words = np.stack([rng.multinomial(8, 0.5 * topic[d - 1] + 0.5 / 60) for d in dept]).astype(np.float32)

A_hat = A + np.eye(n, dtype=np.float32)
d = 1 / np.sqrt(A_hat.sum(1))
A_hat = torch.from_numpy(A_hat * d[:, None] * d[None, :])
X = torch.from_numpy(words - words.mean(0))
y = torch.from_numpy(dept)

order = torch.randperm(n)
train_idx, val_idx = order[:240], order[240:]


class GCN(nn.Module):
    def __init__(self, n_feat, n_hidden, n_class):
        super().__init__()
        self.w1 = nn.Linear(n_feat, n_hidden)
        self.w2 = nn.Linear(n_hidden, n_class)
        self.drop = nn.Dropout(0.4)

    def forward(self, a, x):
        h = F.relu(a @ self.w1(x))
        return a @ self.w2(self.drop(h))


model = GCN(X.shape[1], 16, n_class=len(y.unique()))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=1e-3)

for epoch in range(1, 101):
    model.train()
    optimizer.zero_grad()
    out = model(A_hat, X)
    loss = F.cross_entropy(out[train_idx], y[train_idx])
    loss.backward()
    optimizer.step()
    if epoch % 10 == 0:
        model.eval()
        with torch.no_grad():
            out = model(A_hat, X)
            val_loss = F.cross_entropy(out[val_idx], y[val_idx]).item()
            val_acc = (out[val_idx].argmax(dim=1) == y[val_idx]).float().mean().item()
        print(f"epoch {epoch:3d} loss {loss.item():.3f} val_loss {val_loss:.3f} val_acc {val_acc:.3f}")
