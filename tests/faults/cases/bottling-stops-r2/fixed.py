import numpy as np
import torch
import torch.nn as nn
from sklearn.metrics import accuracy_score, confusion_matrix, recall_score
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(11)
rng = np.random.default_rng(11)


def hours(n):
    """Pressure, torque, speed, ... of one hour, and whether the line stood still in the next."""
    stop = rng.random(n) < 0.025
    readings = rng.normal(0, 1, (n, 8))
    readings[:, :4] += stop[:, None] * np.array([1.0, -0.9, 0.8, 0.7])
    readings[:, 4] *= np.where(stop, 1.5, 1.0)
    units = np.array([4.0, 30.0, 220.0, 15.0, 2.0, 60.0, 0.4, 9.0])
    return (readings * units + 5 * units).astype(np.float32), stop.astype(np.float32)


X_train, y_train = hours(9000)
X_val, y_val = hours(5000)
mean, std = X_train.mean(0), X_train.std(0)
X_train, X_val = torch.from_numpy((X_train - mean) / std), torch.from_numpy((X_val - mean) / std)
y_train, y_val = torch.from_numpy(y_train), torch.from_numpy(y_val)

model = nn.Sequential(nn.Linear(8, 12), nn.ReLU(), nn.Linear(12, 1), nn.Flatten(0))
criterion = nn.BCEWithLogitsLoss(pos_weight=(y_train == 0).sum() / (y_train == 1).sum())
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-4)
loader = DataLoader(TensorDataset(X_train, y_train), batch_size=64, shuffle=True)

for epoch in range(1, 13):
    model.train()
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)

    model.eval()
    with torch.no_grad():
        logits = model(X_val)
        val_loss = criterion(logits, y_val).item()
    guess = (logits > 0).float()
    print(f"epoch {epoch:2d}: train loss {total / len(y_train):.4f}, val loss {val_loss:.4f}, "
          f"val accuracy {accuracy_score(y_val, guess):.4f}")

print(confusion_matrix(y_val, guess))
found, spared = recall_score(y_val, guess), recall_score(y_val, guess, pos_label=0)
print(f"stops found {found:.3f}, quiet hours left alone {spared:.3f}, mean of both {(found + spared) / 2:.3f}")
