# %%
import numpy as np
import torch
from sklearn.datasets import load_iris
from torch import nn

np.random.seed(12)
torch.manual_seed(12)

# %% data: 150 flowers are few, so each is measured four times with a bit of noise
X, y = load_iris(return_X_y=True)
test = np.arange(0, 150, 3)
train = np.setdiff1d(np.arange(150), test)
X_train = np.repeat(X[train], 4, axis=0) + np.random.normal(0, 0.08, (400, 4))
y_train = np.repeat(y[train], 4)
X_test, y_test = X[test], y[test]

mu, sd = X_train.mean(axis=0), X_train.std(axis=0)
X_train = (X_train - mu) / sd
X_test = (X_test - mu) / sd

order = np.random.permutation(len(X_train))
X_train, y_train = X_train[order], y_train[order]

X_train, y_train = torch.FloatTensor(X_train), torch.LongTensor(y_train)
X_test, y_test = torch.FloatTensor(X_test), torch.LongTensor(y_test)

# %% model
model = nn.Sequential(
    nn.Linear(4, 16),
    nn.ReLU(),
    nn.Linear(16, 3),
)
loss_fn = nn.CrossEntropyLoss()
opt = torch.optim.Adam(model.parameters(), lr=5e-3)

# %% training
BATCH = 20
history = []
for epoch in range(30):
    model.train()
    epoch_loss = 0.0
    order = torch.randperm(len(X_train))
    for start in range(0, len(X_train), BATCH):
        rows = order[start:start + BATCH]
        loss = loss_fn(model(X_train[rows]), y_train[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
        epoch_loss += loss.item() * BATCH / len(X_train)
    history.append(epoch_loss)

# %% result
model.eval()
with torch.no_grad():
    acc = (model(X_test).argmax(1) == y_test).float().mean().item()
print("loss per 10 epochs:", [round(v, 3) for v in history[::10]])
print(f"final loss {history[-1]:.3f}, test accuracy {acc:.3f}")
