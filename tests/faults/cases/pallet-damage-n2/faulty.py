import numpy as np
import torch
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

SEED = 21
rng = np.random.default_rng(SEED)
torch.manual_seed(SEED)


def load_readings(n=6000, d=10):
    X = rng.normal(size=(n, d))
    risk = X[:, 0] * X[:, 1] + 0.8 * np.sin(2 * X[:, 2]) + 0.6 * X[:, 3] * X[:, 4] + 0.6 * X[:, 5]
    risk = risk + 0.1 * rng.normal(size=n)
    damaged = risk > np.quantile(risk, 0.85)
    return X.astype(np.float32), damaged.astype(np.float32)


def oversample(X, y):
    """Repeat damaged pallets until both classes are about as frequent."""
    rare = np.flatnonzero(y == 1)
    extra = rng.choice(rare, size=int((y == 0).sum()) - len(rare), replace=True)
    return np.concatenate([X, X[extra]]), np.concatenate([y, y[extra]])


X, y = load_readings()
X, y = oversample(X, y)
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.25, stratify=y, random_state=SEED)
print(f"{len(X_train)} for training, {len(X_val)} for validation")

train_loader = DataLoader(
    TensorDataset(torch.from_numpy(X_train), torch.from_numpy(y_train)), batch_size=128, shuffle=True
)
X_val, y_val = torch.from_numpy(X_val), torch.from_numpy(y_val)

model = nn.Sequential(
    nn.Linear(10, 64), nn.ReLU(), nn.Dropout(0.2),
    nn.Linear(64, 32), nn.ReLU(), nn.Dropout(0.2),
    nn.Linear(32, 1),
)
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=1e-2)

for epoch in range(20):
    model.train()
    total = 0.0
    for xb, yb in train_loader:
        loss = loss_fn(model(xb).squeeze(-1), yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    model.eval()
    with torch.no_grad():
        logits = model(X_val).squeeze(-1)
        val_loss = loss_fn(logits, y_val).item()
    f1 = f1_score(y_val.numpy(), (logits > 0).numpy())
    print(f"epoch {epoch + 1:2d} train loss {total / len(train_loader):.3f} val loss {val_loss:.3f} F1 damaged {f1:.3f}")
