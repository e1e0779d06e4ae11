import torch
import torch.nn as nn
from sklearn.datasets import make_friedman2

torch.manual_seed(26)
X, y = make_friedman2(n_samples=2000, noise=10.0, random_state=26)
X = torch.tensor(X, dtype=torch.float32)
y = torch.tensor((y - y[:1600].mean()) / y[:1600].std(), dtype=torch.float32).unsqueeze(1)
X = (X - X[:1600].mean(0)) / X[:1600].std(0)
X_train, X_val = X[:1600], X[1600:]
y_train, y_val = y[:1600], y[1600:]


def build(depth=7, width=24):
    layers = [nn.Linear(4, width)]
    for _ in range(depth):
        layers += [nn.SiLU(), nn.Linear(width, width)]
    return nn.Sequential(*layers, nn.Linear(width, 1))


net = build()
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
loss_fn = nn.MSELoss()
for epoch in range(1, 25):
    net.train()
    total = 0.0
    for idx in torch.randperm(1600).split(64):
        loss = loss_fn(net(X_train[idx]), y_train[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() / 25
    if epoch % 6 == 0:
        net.eval()
        with torch.no_grad():
            print(f"epoch {epoch}: train {total:.4f} val {loss_fn(net(X_val), y_val).item():.4f}")
