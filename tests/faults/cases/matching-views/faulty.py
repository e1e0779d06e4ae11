import numpy as np
import torch
from sklearn.datasets import load_digits

# ---------------------------------------------------------------- data
torch.manual_seed(131)
np.random.seed(131)

digits = load_digits()
order = np.random.permutation(len(digits.target))
X = torch.tensor(digits.data[order], dtype=torch.float32)
X = (X - X.mean()) / X.std()
X_train, X_test = X[:1400], X[1400:1600]


def view(x):
    """Some of the pixels are hidden, the rest is noisy."""
    return (x + 0.2 * torch.randn_like(x)) * (torch.rand_like(x) < 0.85)


# ---------------------------------------------------------------- model
def init(n_in, n_hidden, n_out):
    W1 = torch.randn(n_in, n_hidden) * (2 / n_in) ** 0.5
    W2 = torch.randn(n_hidden, n_out) * (1 / n_hidden) ** 0.5
    params = [W1, torch.zeros(n_hidden), W2, torch.zeros(n_out)]
    return [p.requires_grad_() for p in params]


def embed(params, x):
    W1, b1, W2, b2 = params
    z = torch.relu(x @ W1 + b1) @ W2 + b2
    return z / (z.norm(dim=1, keepdim=True) + 1e-6)


def info_nce(a, b, temperature=0.01):
    similar = a @ b.T / temperature
    e = torch.exp(similar)
    return -torch.log(e.diagonal() / e.sum(dim=1)).mean()


# ---------------------------------------------------------------- training
params = init(64, 128, 24)
optimizer = torch.optim.Adam(params, lr=3e-3)
for epoch in range(1, 41):
    J = 0.0
    for batch in torch.randperm(len(X_train)).split(50):
        x = X_train[batch]
        loss = info_nce(embed(params, view(x)), embed(params, view(x)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        J += loss.item() / 28
    if epoch % 5 == 0:
        with torch.no_grad():
            a, b = embed(params, view(X_test)), embed(params, view(X_test))
        found = ((a @ b.T).argmax(1) == torch.arange(len(a))).double().mean().item()
        print(f"epoch {epoch:2d}  loss {J:.4f}  the other view found among 200: {found:.3f}")
