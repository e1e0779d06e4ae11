import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

SEED = 23
EPOCHS = 8
BANDS = 60

rng = np.random.default_rng(SEED)
torch.manual_seed(SEED)


def boards(n):
    brittle = rng.integers(0, 2, n)
    pattern = np.zeros(BANDS)
    pattern[5:45:4] = 0.55
    level = rng.normal(0, 1, (n, BANDS)) + np.where(brittle[:, None] == 1, pattern, -pattern)
    graded = np.where(rng.random(n) < 0.05, 1 - brittle, brittle)  # graders do not always agree
    return torch.tensor(level, dtype=torch.float32), torch.tensor(graded, dtype=torch.float32)


x_train, y_train = boards(400)
x_val, y_val = boards(1000)
mean, std = x_train.mean(0), x_train.std(0)
x_train, x_val = (x_train - mean) / std, (x_val - mean) / std
loader = DataLoader(TensorDataset(x_train, y_train), batch_size=30, shuffle=True)

model = nn.Sequential(
    nn.Linear(BANDS, 128), nn.ReLU(),
    nn.Linear(128, 64), nn.ReLU(),
    nn.Linear(64, 1),
)
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-4)

history = {"loss": [], "val_loss": [], "val_acc": []}
for epoch in range(EPOCHS):
    model.train()
    batch_losses = []
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = criterion(model(xb).squeeze(1), yb)
        loss.backward()
        optimizer.step()
        batch_losses.append(loss.item())

    model.eval()
    with torch.no_grad():
        logits = model(x_val).squeeze(1)
        history["loss"].append(np.mean(batch_losses))
        history["val_loss"].append(criterion(logits, y_val).item())
        history["val_acc"].append(((logits > 0) == (y_val > 0.5)).float().mean().item())
    print(f"epoch {epoch + 1}: " + ", ".join(f"{name} {values[-1]:.4f}" for name, values in history.items()))
