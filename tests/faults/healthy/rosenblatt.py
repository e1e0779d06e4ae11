import torch

torch.manual_seed(4)
n, d = 400, 12
secret = torch.randn(d)
X = torch.randn(n, d)
margin = X @ secret / secret.norm()
X, margin = X[margin.abs() > 0.15], margin[margin.abs() > 0.15]
X = torch.cat([X, torch.ones(len(X), 1)], dim=1)
y = margin.sign()
X_train, y_train, X_test, y_test = X[:250], y[:250], X[250:], y[250:]

w = torch.zeros(d + 1)
for epoch in range(1, 51):
    mistakes = 0
    for i in torch.randperm(len(X_train)):
        if y_train[i] * (X_train[i] @ w) <= 0:
            w += y_train[i] * X_train[i]
            mistakes += 1
    test = ((X_test @ w).sign() == y_test).float().mean().item()
    if epoch % 5 == 0 or mistakes == 0:
        print(f"epoch {epoch}: {mistakes} updates, test accuracy {test:.3f}")
    if mistakes == 0:
        break
