import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

# ---------------- settings ----------------
BATCH_SIZE = 8           # what fits
ACCUM_STEPS = 16         # so that it is 128 in effect
LR = 0.1
EPOCHS = 6
torch.manual_seed(5)
rng = np.random.default_rng(5)


# ---------------- data ----------------
def block_photo(kind, size=20):
    yy, xx = np.mgrid[0:size, 0:size]
    cy, cx = rng.uniform(8, 11, 2)
    dy, dx = np.abs(yy - cy), np.abs(xx - cx)
    outline = {
        0: (dy < 5) & (dx < 5),
        1: (dy < 2.5) & (dx < 7),
        2: (dy < 7) & (dx < 2.5),
        3: np.hypot(dy, dx) < 5.5,
        4: (yy - cy > -5) & (yy - cy < 5) & (dx < (yy - cy + 5) / 1.7),
        5: ((dy < 2) & (dx < 6)) | ((dx < 2) & (dy < 6)),
        6: (dy < 6) & (dx < 6) & ~((dy < 3) & (dx < 3)),
        7: (dy < 5) & (dx < 6) & ~((yy > cy) & (dx < 3)),
    }[int(kind)]
    return outline * rng.uniform(0.6, 1.0) + rng.normal(0, 0.3, (size, size))


def make_set(n):
    kinds = rng.integers(0, 8, n)
    photos = (np.stack([block_photo(k) for k in kinds])[:, None] - 0.2) / 0.45
    return TensorDataset(torch.tensor(photos, dtype=torch.float32), torch.tensor(kinds))


train_set, val_set = make_set(2048), make_set(400)
train_loader = DataLoader(train_set, batch_size=BATCH_SIZE, shuffle=True, drop_last=True)
val_loader = DataLoader(val_set, batch_size=200)

# ---------------- model ----------------
model = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(32 * 25, 64), nn.ReLU(), nn.Linear(64, 8),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=LR, momentum=0.9)

# ---------------- training ----------------
for epoch in range(EPOCHS):
    model.train()
    running = 0.0
    optimizer.zero_grad()
    for i, (x, y) in enumerate(train_loader):
        loss = criterion(model(x), y)
        loss.backward()
        running += loss.item()
        if (i + 1) % ACCUM_STEPS == 0:
            optimizer.step()
            optimizer.zero_grad()

    model.eval()
    val_loss, correct = 0.0, 0
    with torch.no_grad():
        for x, y in val_loader:
            out = model(x)
            val_loss += criterion(out, y).item() * len(y)
            correct += (out.argmax(1) == y).sum().item()
    print(f"epoch {epoch + 1:2d}: train loss {running / len(train_loader):.4f}  "
          f"val loss {val_loss / len(val_set):.4f}  val acc {correct / len(val_set):.4f}")
