"""The net of my NumPy notebook, this time with autograd."""
import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

torch.manual_seed(0)

digits = load_digits()
X_train, X_test, y_train, y_test = train_test_split(
    digits.data, digits.target, test_size=0.25, random_state=0, stratify=digits.target)
mu, sigma = X_train.mean(), X_train.std()
X_train = torch.tensor((X_train - mu) / sigma, dtype=torch.float32)
X_test = torch.tensor((X_test - mu) / sigma, dtype=torch.float32)
y_train, y_test = torch.tensor(y_train), torch.tensor(y_test)


class Network(nn.Module):
    def __init__(self, n_in=64, n_h1=48, n_h2=32, n_out=10):
        super().__init__()
        self.W1 = nn.Parameter(torch.zeros(n_in, n_h1))
        self.W2 = nn.Parameter(torch.zeros(n_h1, n_h2))
        self.W3 = nn.Parameter(torch.zeros(n_h2, n_out))
        self.b1 = nn.Parameter(torch.zeros(n_h1))
        self.b2 = nn.Parameter(torch.zeros(n_h2))
        self.b3 = nn.Parameter(torch.zeros(n_out))

    def forward(self, X):
        a1 = torch.relu(X @ self.W1 + self.b1)
        a2 = torch.relu(a1 @ self.W2 + self.b2)
        return a2 @ self.W3 + self.b3


net = Network()
cost_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)
costs = []

for epoch in range(20):
    order = torch.randperm(len(X_train))
    for start in range(0, len(order), 32):
        batch = order[start:start + 32]
        optimizer.zero_grad()
        cost = cost_fn(net(X_train[batch]), y_train[batch])
        cost.backward()
        optimizer.step()
        costs.append(cost.item())
    if epoch % 4 == 3:
        with torch.no_grad():
            out = net(X_test)
        print(f"epoch {epoch + 1:2d}: cost {np.mean(costs[-42:]):.4f}, test cost {cost_fn(out, y_test).item():.4f}")

with torch.no_grad():
    guess = net(X_test).argmax(dim=1)
print(f"test accuracy after {epoch + 1} epochs: {(guess == y_test).float().mean().item():.3f}")
