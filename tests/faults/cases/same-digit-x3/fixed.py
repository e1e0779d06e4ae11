import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(64, 128)
        self.fc2 = nn.Linear(128, 64)
        self.fc3 = nn.Linear(64, 16)

    def forward(self, x):
        x = F.dropout(F.relu(self.fc1(x)), 0.3, training=self.training)
        x = F.dropout(F.relu(self.fc2(x)), 0.3, training=self.training)
        return self.fc3(x)


def contrastive(a, b, same, margin=2.0):
    d = F.pairwise_distance(a, b)
    return (same * d ** 2 + (1 - same) * F.relu(margin - d) ** 2).mean()


def draw_pairs(y, n, rng):
    """half of the pairs show the same digit"""
    left = rng.integers(0, len(y), n)
    right = np.empty(n, dtype=int)
    for i in range(n):
        equal = i % 2 == 0
        while True:
            right[i] = rng.integers(0, len(y))
            if (y[right[i]] == y[left[i]]) == equal:
                break
    return torch.tensor(left), torch.tensor(right), torch.tensor(y[left] == y[right]).float()


torch.manual_seed(5)
rng = np.random.default_rng(5)
X, y = load_digits(return_X_y=True)
order = rng.permutation(len(X))
X, y = torch.tensor(X[order] / 8 - 1, dtype=torch.float32), y[order]
X_train, y_train, X_val, y_val = X[:1300], y[:1300], X[1300:], y[1300:]
val_l, val_r, val_same = draw_pairs(y_val, 1000, rng)

model = Encoder()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

for epoch in range(1, 21):
    model.train()
    l, r, same = draw_pairs(y_train, 3200, rng)
    train_loss = 0.0
    for s in range(0, 3200, 64):
        i = slice(s, s + 64)
        optimizer.zero_grad()
        loss = contrastive(model(X_train[l[i]]), model(X_train[r[i]]), same[i])
        loss.backward()
        optimizer.step()
        train_loss += loss.item() / 50
    model.eval()
    with torch.no_grad():
        a, b = model(X_val[val_l]), model(X_val[val_r])
        val_loss = contrastive(a, b, val_same).item()
        correct = ((F.pairwise_distance(a, b) < 1.0).float() == val_same).float().mean().item()
    if epoch % 4 == 0:
        print(f"epoch {epoch:2d}: train loss {train_loss:.4f}  val loss {val_loss:.4f}  pairs told apart {correct:.3f}")
