import numpy as np
import torch
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn

# 1 building windows (float), 2 building windows, 3 car windows, 5 containers, 6 tableware, 7 headlamps
TYPES = [1, 2, 3, 5, 6, 7]
OXIDES = ["RI", "Na", "Mg", "Al", "Si", "K", "Ca", "Ba", "Fe"]


def lab_table(n=1800, seed=0):
    rng = np.random.default_rng(seed)
    types = rng.choice(TYPES, n)
    typical = {t: rng.normal(0, 1.1, len(OXIDES)) for t in TYPES}
    scale = np.array([0.003, 0.8, 1.4, 0.5, 0.8, 0.6, 1.4, 0.5, 0.1])
    base = np.array([1.518, 13.4, 2.7, 1.4, 72.6, 0.5, 9.0, 0.2, 0.06])
    rows = np.stack([typical[t] for t in types]) + rng.normal(0, 0.8, (n, len(OXIDES)))
    return base + scale * rows, types


torch.manual_seed(0)
X, types = lab_table()
X_train, X_test, t_train, t_test = train_test_split(X, types, test_size=0.25, stratify=types, random_state=0)
scaler = StandardScaler().fit(X_train)
X_train = torch.tensor(scaler.transform(X_train), dtype=torch.float32)
X_test = torch.tensor(scaler.transform(X_test), dtype=torch.float32)
y_train = torch.tensor(np.searchsorted(TYPES, t_train), dtype=torch.long)
y_test = torch.tensor(np.searchsorted(TYPES, t_test), dtype=torch.long)

n_types = len(np.unique(types))
net = nn.Sequential(
    nn.Linear(len(OXIDES), 32),
    nn.ReLU(),
    nn.Linear(32, n_types),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9, weight_decay=1e-3)

for epoch in range(1, 16):
    net.train()
    for idx in torch.randperm(len(X_train)).split(50):
        xb, yb = X_train[idx], y_train[idx]
        optimizer.zero_grad()
        loss = criterion(net(xb), yb)
        loss.backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        train_loss = criterion(net(X_train), y_train).item()
        out = net(X_test)
        test_loss = criterion(out, y_test).item()
        acc = (out.argmax(1) == y_test).float().mean().item()
    print(f"epoch {epoch:2d}  train loss {train_loss:.3f}  test loss {test_loss:.3f}  test accuracy {acc:.3f}")
