import numpy as np
import torch
import torch.nn as nn

rng = np.random.default_rng(7)
torch.manual_seed(7)
SIGNS = (rng.random((8, 9, 9)) < 0.35).astype(np.float32)


def draw(n):
    which = rng.integers(0, len(SIGNS), n)
    pictures = SIGNS[which] * rng.uniform(0.6, 1.3, (n, 1, 1))
    pictures = pictures + rng.normal(0, 0.3, pictures.shape)
    mirrored = rng.random(n) < 0.5
    pictures[mirrored] = pictures[mirrored, :, ::-1]
    return pictures.astype(np.float32), which


def augment(pictures, which):
    pictures = np.concatenate([pictures, pictures[:, :, ::-1]])
    which = np.tile(which, 2)
    return pictures, which


def to_torch(pictures, which):
    flat = torch.tensor(pictures.copy()).flatten(1)
    return (flat - 0.33) / 0.55, torch.tensor(which)


x, y = to_torch(*augment(*draw(900)))
x_val, y_val = to_torch(*draw(500))

model = nn.Sequential(nn.Linear(81, 64), nn.ReLU(), nn.Linear(64, len(SIGNS)))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss()

for epoch in range(1, 13):
    model.train()
    total = 0.0
    for rows in torch.randperm(len(x)).split(30):
        optimizer.zero_grad()
        loss = criterion(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(rows)
    model.eval()
    with torch.no_grad():
        out = model(x_val)
    hits = (out.argmax(1) == y_val).float().mean().item()
    if epoch % 3 == 0:
        print(f"epoch {epoch:2d}  train {total / len(x):.3f}  val {criterion(out, y_val).item():.3f}  hits {hits:.3f}")
