"""Exercise recognition from a smartwatch: window -> hand-made features -> small MLP."""
import numpy as np
import torch
from torch import nn
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

EXERCISES = ["rowing", "squat", "biceps curl", "plank"]
RATE, SECONDS = 25, 4
STEP = 0.05  # resolution of the sensor in g
rng = np.random.default_rng(11)


def record(kind):
    t = np.arange(RATE * SECONDS) / RATE
    phase = rng.uniform(0, 2 * np.pi)
    wave = np.sin(2 * np.pi * rng.uniform(0.6, 1.0) * t + phase)
    push = np.maximum(wave, 0) ** 2
    if kind == 0:
        axes = np.stack([0.8 * wave, 0.3 * wave, 0.2 * push])
    elif kind == 1:
        axes = np.stack([0.2 * wave, 0.2 * push, 0.9 * push])
    elif kind == 2:
        axes = np.stack([0.5 * wave, -0.6 * wave, 0.3 * push])
    else:
        axes = np.zeros((3, len(t)))
    noise = 0.15 if kind < 3 else rng.uniform(0.01, 0.12)
    axes = axes * rng.uniform(0.6, 1.2) + noise * rng.normal(size=axes.shape)
    return np.round(axes / STEP) * STEP


def features(window):
    m = window.mean(axis=1, keepdims=True)
    s = window.std(axis=1, keepdims=True)
    z = (window - m) / np.maximum(s, STEP)
    return np.concatenate([
        s[:, 0],
        (z ** 3).mean(axis=1),
        (z ** 4).mean(axis=1),
        [(z[0] * z[1]).mean(), (z[0] * z[2]).mean(), (z[1] * z[2]).mean()],
    ])


kinds = rng.integers(0, 4, 1600)
X = np.array([features(record(k)) for k in kinds], dtype=np.float32)
X_train, X_test, y_train, y_test = train_test_split(X, kinds, test_size=0.25, random_state=0, stratify=kinds)
scaler = StandardScaler().fit(X_train)
X_train, X_test = (torch.tensor(scaler.transform(a), dtype=torch.float32) for a in (X_train, X_test))
y_train, y_test = torch.tensor(y_train), torch.tensor(y_test)

torch.manual_seed(11)
model = nn.Sequential(nn.Linear(X_train.shape[1], 32), nn.ReLU(), nn.Linear(32, len(EXERCISES)))
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
criterion = nn.CrossEntropyLoss()

for epoch in range(1, 26):
    model.train()
    total = 0.0
    for idx in torch.randperm(len(X_train)).split(32):
        loss = criterion(model(X_train[idx]), y_train[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx)
    if epoch % 5 == 0:
        model.eval()
        with torch.no_grad():
            accuracy = (model(X_test).argmax(1) == y_test).float().mean().item()
        print(f"epoch {epoch}: loss {total / len(X_train):.3f}, test accuracy {accuracy:.3f}")
