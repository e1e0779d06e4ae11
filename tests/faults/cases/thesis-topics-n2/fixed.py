import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

N, TOPICS, WORDS = 1200, 6, 300


def thesis_graph(seed=0):
    rng = np.random.default_rng(seed)
    topic = rng.integers(0, TOPICS, N)
    prob = rng.dirichlet(np.full(WORDS, 0.3), TOPICS)
    common = rng.dirichlet(np.full(WORDS, 0.5))
    bags = np.stack([rng.multinomial(18, 0.25 * prob[k] + 0.75 * common) for k in topic])
    X = (bags > 0).astype(np.float32)
    A = np.zeros((N, N), np.float32)
    for i in range(N):
        for _ in range(3):
            pool = np.flatnonzero(topic == topic[i]) if rng.random() < 0.6 else np.arange(N)
            j = rng.choice(pool)
            A[i, j] = A[j, i] = 1
    np.fill_diagonal(A, 1)
    d = A.sum(1) ** -0.5
    A_hat = d[:, None] * A * d[None, :]
    return torch.from_numpy(A_hat), torch.from_numpy(X), torch.from_numpy(topic)


class GCN(nn.Module):
    def __init__(self, n_in, hidden, n_out, dropout=0.5):
        super().__init__()
        self.w1 = nn.Linear(n_in, hidden, bias=False)
        self.w2 = nn.Linear(hidden, n_out, bias=False)
        self.dropout = dropout

    def forward(self, A, X):
        X = F.dropout(X, self.dropout, self.training)
        H = F.relu(A @ self.w1(X))
        H = F.dropout(H, self.dropout, self.training)
        return A @ self.w2(H)


torch.manual_seed(0)
A, X, y = thesis_graph()
order = torch.randperm(N)
train_idx, val_idx, test_idx = order[:240], order[240:540], order[540:]

model = GCN(WORDS, 16, TOPICS)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=5e-4)

for epoch in range(1, 201):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(A, X)[train_idx], y[train_idx])
    loss.backward()
    optimizer.step()
    if epoch % 20 == 0:
        model.eval()
        with torch.no_grad():
            val_loss = F.cross_entropy(model(A, X)[val_idx], y[val_idx]).item()
        print(f"epoch {epoch:3d}  train loss {loss.item():.4f}  val loss {val_loss:.4f}")

model.eval()
with torch.no_grad():
    pred = model(A, X).argmax(dim=1)
correct = (pred[test_idx] == y[test_idx]).sum().item()
accuracy = correct / len(test_idx)
print(f"test accuracy: {accuracy:.4f}")
