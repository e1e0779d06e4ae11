import numpy as np
import torch
import torch.nn as nn
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset

SEED = 11
np.random.seed(SEED)
torch.manual_seed(SEED)

# ---- adverts ----
n = 3000
power = np.random.uniform(40, 320, n)  # hp
hours = np.random.gamma(2.0, 2800, n)
year = np.random.randint(1988, 2024, n)
weight = 1500 + 28 * power + np.random.normal(0, 600, n)  # kg
four_wheel = (np.random.rand(n) < 0.7).astype(float)
brand = np.random.randint(0, 5, n)
age = 2024 - year
price = 9000 + 420 * power * np.exp(-age / 14) * (1 + 0.15 * four_wheel)
price *= np.array([1.35, 1.1, 1.0, 0.9, 0.7])[brand] * (0.45 + 0.55 * np.exp(-hours / 5000))
price *= np.exp(np.random.normal(0, 0.06, n))

features = np.column_stack([power, hours, year, weight, four_wheel, np.eye(5)[brand]])
target = np.log(price / 10000)

X_train, X_val, y_train, y_val = train_test_split(features, target, test_size=0.2, random_state=SEED)
X_train, X_val = torch.FloatTensor(X_train), torch.FloatTensor(X_val)
y_train = torch.FloatTensor(y_train)

train_loader = DataLoader(TensorDataset(X_train, y_train), batch_size=64, shuffle=True)

model = nn.Sequential(
    nn.Linear(X_train.shape[1], 64),
    nn.ReLU(),
    nn.Linear(64, 64),
    nn.ReLU(),
    nn.Linear(64, 1),
)
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

for epoch in range(1, 41):
    model.train()
    running_loss = 0.0
    for xb, yb in train_loader:
        optimizer.zero_grad()
        preds = model(xb)
        loss = criterion(preds, yb)
        loss.backward()
        optimizer.step()
        running_loss += loss.item() * len(xb)

    if epoch % 4 == 0:
        model.eval()
        with torch.no_grad():
            val_preds = model(X_val).numpy().ravel()
        rmse = np.sqrt(np.mean((val_preds - y_val) ** 2))
        print(
            f"Epoch {epoch:3d} | train loss {running_loss / len(X_train):.4f} "
            f"| val RMSE {rmse:.4f} | val R2 {r2_score(y_val, val_preds):.3f}"
        )
