# %%
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
np.random.seed(0)

# %% data
digits = load_digits()
X = digits.images[:, None].astype(np.float32) / 16.0
y = digits.target.astype(np.int64)
shuffled = np.random.permutation(len(X))
X, y = torch.from_numpy(X[shuffled]), torch.from_numpy(y[shuffled])
X_train, y_train, X_test, y_test = X[:1400], y[:1400], X[1400:], y[1400:]
print(X_train.shape, X_train.min().item(), X_train.max().item())

# %% model
layers = [
    nn.Conv2d(1, 16, kernel_size=3, padding=1),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(16, 32, kernel_size=3, padding=1),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(32 * 2 * 2, 10),
    nn.LogSoftmax(dim=1),
]
net = nn.Sequential(*layers)
print(sum(p.numel() for p in net.parameters()), "weights")

# %% training
nll = nn.NLLLoss()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
losses, accuracies = [], []
for epoch in range(15):
    net.train()
    batch_losses = []
    for idx in torch.randperm(len(X_train)).split(32):
        opt.zero_grad()
        loss = nll(net(X_train[idx]), y_train[idx])
        loss.backward()
        opt.step()
        batch_losses.append(loss.item())
    net.eval()
    with torch.no_grad():
        right = (net(X_test).argmax(dim=1) == y_test).float().mean().item()
    losses.append(float(np.mean(batch_losses)))
    accuracies.append(right)

# %% result
for epoch in range(0, 15, 2):
    print(f"epoch {epoch + 1:2d}: loss {losses[epoch]:.4f}, test accuracy {accuracies[epoch]:.4f}")
