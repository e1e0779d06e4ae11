import numpy as np
import torch
import torch.nn as nn
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler


def turbines(n=2400, d=12, seed=3):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    score = X[:, 0] * X[:, 1] + X[:, 2] + 0.8 * np.abs(X[:, 3]) + 0.5 * X[:, 4] + 0.9 * rng.normal(size=n)
    y = (score > np.quantile(score, 0.93)).astype(int)
    return X, y


def oversample(X, y, rng):
    rare = np.flatnonzero(y == 1)
    extra = rng.choice(rare, (y == 0).sum() - len(rare))
    rows = np.concatenate([np.arange(len(y)), extra])
    return X[rows], y[rows]


torch.manual_seed(3)
rng = np.random.default_rng(3)
X, y = turbines()
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.3, stratify=y, random_state=3)
X_train, y_train = oversample(X_train, y_train, rng)
scaler = StandardScaler().fit(X_train)
X_train = torch.tensor(scaler.transform(X_train), dtype=torch.float32)
X_val = torch.tensor(scaler.transform(X_val), dtype=torch.float32)
y_train = torch.tensor(y_train, dtype=torch.float32)
y_val = torch.tensor(y_val, dtype=torch.float32)
print(f"{len(y_train)} rows to train on, {len(y_val)} to validate, rare in training {y_train.mean():.2f}")

model = nn.Sequential(nn.Linear(12, 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 1))
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.05)

for epoch in range(1, 13):
    model.train()
    total = 0.0
    for idx in torch.randperm(len(X_train)).split(64):
        loss = criterion(model(X_train[idx]).squeeze(1), y_train[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx)
    model.eval()
    with torch.no_grad():
        logits = model(X_val).squeeze(1)
        val_loss = criterion(logits, y_val).item()
    score = balanced_accuracy_score(y_val.numpy(), (logits > 0).numpy())
    print(f"epoch {epoch:2d}  loss {total / len(X_train):.3f}  val loss {val_loss:.3f}  val balanced accuracy {score:.3f}")
