import torch
from sklearn.datasets import load_digits

torch.manual_seed(11)
torch.set_grad_enabled(False)
digits = load_digits()
order = torch.randperm(len(digits.target))
X = torch.tensor(digits.data / 16 - 0.3, dtype=torch.float32)[order]
Y = torch.tensor(digits.target)[order]
X_train, Y_train, X_val, Y_val = X[:1400], Y[:1400], X[1400:], Y[1400:]

W1 = torch.randn(64, 64) * (2 / 64) ** 0.5
b1 = torch.zeros(64)
W2 = torch.randn(64, 10) * (1 / 64) ** 0.5
b2 = torch.zeros(10)


def forward(x):
    z = x @ W1 + b1
    a = z.clamp(min=0)
    return z, a, a @ W2 + b2


lr, batch = 0.2, 50
for epoch in range(1, 21):
    total = 0.0
    order = torch.randperm(len(X_train))
    for i in range(0, len(order), batch):
        x, y = X_train[order[i:i + batch]], Y_train[order[i:i + batch]]
        z, a, logits = forward(x)
        p = (logits - logits.max(1, keepdim=True).values).exp()
        p = p / p.sum(1, keepdim=True)
        total += -p[torch.arange(len(y)), y].log().sum().item()
        d_logits = p.clone()
        d_logits[torch.arange(len(y)), y] -= 1
        d_logits /= len(y)
        d_z = (d_logits @ W2.T) * (z > 0)
        W2 -= lr * a.T @ d_logits
        b2 -= lr * d_logits.sum(0)
        W1 -= lr * x.T @ d_z
        b1 -= lr * d_z.sum(0)
    if epoch % 4 == 0:
        acc = (forward(X_val)[2].argmax(1) == Y_val).float().mean().item()
        print(f"epoch {epoch}: loss {total / len(X_train):.4f} validation accuracy {acc:.3f}")
