# %% imports
import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(18)
rng = np.random.default_rng(18)


# %% data
def window(kind, length=128):
    t = np.arange(length)
    onset = rng.integers(10, 60)
    after = np.clip(t - onset, 0, None)
    if kind == 0:      # blast: one sharp, quickly damped burst
        s = (t > onset) * np.exp(-after / 8) * np.sin(0.9 * after)
    elif kind == 1:    # train: a long steady hum
        s = np.exp(-((t - onset - 30) / 30) ** 2) * np.sin(0.7 * t + rng.uniform(0, 6))
    else:              # earthquake: P, then a stronger and slower S
        late = np.clip(after - 25, 0, None)
        s = 0.4 * (t > onset) * np.exp(-after / 15) * np.sin(1.1 * after)
        s = s + (late > 0) * np.exp(-late / 20) * np.sin(0.45 * late)
    return rng.uniform(0.8, 1.6) * s + 0.2 * rng.normal(size=length)


def load(n):
    kinds = rng.integers(0, 3, n)
    x = np.stack([window(k) for k in kinds])[:, None] / 0.4
    return TensorDataset(torch.tensor(x, dtype=torch.float32), torch.tensor(kinds))


train_ds, val_ds = load(1500), load(400)
train_dl = DataLoader(train_ds, batch_size=50, shuffle=True)
val_dl = DataLoader(val_ds, batch_size=200)


# %% model
def make_model():
    return nn.Sequential(
        nn.Conv1d(1, 16, 9, stride=2, padding=4), nn.ReLU(),
        nn.Conv1d(16, 32, 9, stride=2, padding=4), nn.ReLU(),
        nn.AdaptiveAvgPool1d(8), nn.Flatten(),
        nn.Dropout(0.2), nn.Linear(32 * 8, 3),
    )


model = make_model()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

# %% sanity check: can it fit a single batch?
xb, yb = next(iter(train_dl))
for step in range(60):
    optimizer.zero_grad()
    loss = criterion(model(xb), yb)
    loss.backward()
    optimizer.step()
print(f"one batch, 60 steps: loss {loss.item():.4f}")

# %% the real training, from scratch
model = make_model()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(10):
    model.train()
    train_loss = 0.0
    for xb, yb in train_dl:
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
        train_loss += loss.item() * len(yb)
    model.eval()
    val_loss, n_right = 0.0, 0
    with torch.no_grad():
        for xb, yb in val_dl:
            out = model(xb)
            val_loss += criterion(out, yb).item() * len(yb)
            n_right += (out.argmax(1) == yb).sum().item()
    print(f"epoch {epoch + 1:2d}: train {train_loss / len(train_ds):.4f}  val {val_loss / len(val_ds):.4f}  "
          f"val acc {n_right / len(val_ds):.3f}")
