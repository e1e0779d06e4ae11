import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(15)
torch.manual_seed(15)


def patients(n):
    iron = rng.normal(90, 30, n)
    cells = rng.normal(250_000, 60_000, n)
    sugar = rng.normal(5.2, 1.1, n)
    protein = rng.lognormal(1.0, 0.9, n)
    age = rng.integers(18, 90, n)
    risk = 0.9 * np.log(protein) + (sugar - 5.2) - (iron - 90) / 40 + ((cells - 250_000) / 60_000) ** 2 * 0.6 - 0.9
    sick = (risk + 0.2 * rng.normal(size=n) > 0.3).astype(np.float32)
    return np.column_stack([iron, cells, sugar, protein, age]).astype(np.float32), sick


table, sick = patients(3200)
x, y = torch.from_numpy(table), torch.from_numpy(sick).unsqueeze(1)

model = nn.Sequential(
    nn.Linear(5, 64), nn.ReLU(), nn.Dropout(0.3),
    nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.3),
    nn.Linear(64, 1), nn.Sigmoid(),
)
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(1, 16):
    model.train()
    total = 0.0
    for idx in torch.randperm(2400).split(40):
        optimizer.zero_grad()
        loss = criterion(model(x[idx]), y[idx])
        loss.backward()
        optimizer.step()
        total += loss.item() / 60
    with torch.no_grad():
        out = model(x[2400:])
    found = ((out > 0.5).float() == y[2400:]).float().mean().item()
    if epoch % 3 == 0:
        print(f"epoch {epoch} train {total:.4f} validation {criterion(out, y[2400:]).item():.4f} agreement {found:.3f}")
