import warnings

import numpy as np
import torch
import torch.nn as nn
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset

warnings.filterwarnings("ignore")

SEED = 42
np.random.seed(SEED)
torch.manual_seed(SEED)

# ---- 1. the listings (simulated) ----
n = 2500
length_cm = np.random.uniform(240, 560, n)
weight_g = np.random.normal(24000, 5000, n) + 30 * (length_cm - 400)
year_built = np.random.randint(1992, 2024, n)
trips = np.random.poisson(40, n).astype(float)
price = (
    0.6
    + 2.2 * np.exp(-(2024 - year_built) / 9.0)
    + 0.9 * np.sin((length_cm - 240) / 320 * np.pi)
    + 0.8 * np.clip((28000 - weight_g) / 8000, -1, 1)
    - 0.008 * trips
    + np.random.normal(0, 0.08, n)
)  # thousands of euros

X = np.stack([length_cm, weight_g, year_built, trips], axis=1)
y = price

# ---- 2. split ----
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=SEED)
X_train = torch.tensor(X_train, dtype=torch.float32)
X_test = torch.tensor(X_test, dtype=torch.float32)
y_train = torch.tensor(y_train, dtype=torch.float32)

train_dl = DataLoader(TensorDataset(X_train, y_train), batch_size=32, shuffle=True)

# ---- 3. model ----
model = nn.Sequential(
    nn.Linear(4, 64),
    nn.ReLU(),
    nn.Linear(64, 32),
    nn.ReLU(),
    nn.Linear(32, 1),
)
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)

# ---- 4. train ----
EPOCHS = 40
for epoch in range(1, EPOCHS + 1):
    model.train()
    running = 0.0
    for xb, yb in train_dl:
        optimizer.zero_grad()
        pred = model(xb)
        loss = criterion(pred, yb)
        loss.backward()
        optimizer.step()
        running += loss.item() * len(xb)
    if epoch % 5 == 0:
        print(f"Epoch {epoch}/{EPOCHS}  train MSE {running / len(X_train):.4f}")

# ---- 5. test ----
model.eval()
with torch.no_grad():
    y_pred = model(X_test).numpy().ravel()
print(f"test MAE {mean_absolute_error(y_test, y_pred):.3f}  test R2 {r2_score(y_test, y_pred):.3f}")
