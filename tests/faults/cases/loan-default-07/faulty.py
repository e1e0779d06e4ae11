import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(7)
rng = np.random.default_rng(7)

N = 4000
income = rng.lognormal(10.3, 0.5, N)
debt = rng.lognormal(9.2, 0.8, N)
years_employed = rng.gamma(2.0, 3.0, N)
score = rng.normal(650, 70, N)
logit = 1.8 * np.log(debt / income) - 0.15 * years_employed - 0.02 * (score - 650) + 1.6
default = (rng.random(N) < 1 / (1 + np.exp(-logit))).astype(np.float32)

# self-employed applicants leave the field empty, and the bureau has no file on some people
years_employed[rng.random(N) < 0.06] = np.nan
score[rng.random(N) < 0.04] = np.nan

table = np.column_stack([np.log(income), np.log(debt), years_employed, score])
train, test = table[:3000], table[3000:]
center, spread = np.nanmean(train, 0), np.nanstd(train, 0)
train, test = (train - center) / spread, (test - center) / spread

train_loader = DataLoader(
    TensorDataset(torch.tensor(train, dtype=torch.float32), torch.tensor(default[:3000])),
    batch_size=100, shuffle=True)
x_test = torch.tensor(test, dtype=torch.float32)

model = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 1))
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)

for epoch in range(15):
    model.train()
    running = 0.0
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x)[:, 0], y)
        loss.backward()
        optimizer.step()
        running += loss.item()
    model.eval()
    with torch.no_grad():
        p = torch.sigmoid(model(x_test)[:, 0]).numpy()
    hits = ((p > 0.5) == default[3000:]).mean()
    auc = roc_auc_score(default[3000:], p) if np.isfinite(p).all() else float("nan")
    print(f"epoch {epoch + 1:2d} loss {running / len(train_loader):.4f} accuracy {hits:.3f} auc {auc:.3f}")
