import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

SEED = 42
np.random.seed(SEED)
torch.manual_seed(SEED)

# ---- the table: one row a handset ----
n = 3000
battery = np.random.randint(500, 2000, n)        # mAh
ram = np.random.randint(256, 4000, n)            # MB
px_height = np.random.randint(0, 1960, n)
px_width = px_height * 0.6 + np.random.randint(300, 900, n)
weight = np.random.randint(80, 200, n)           # g
clock = np.random.uniform(0.5, 3.0, n)           # GHz
depth = np.random.uniform(0.1, 1.0, n)           # cm
cores = np.random.randint(1, 9, n)
camera = np.random.randint(0, 21, n)             # megapixels
dual_sim = np.random.randint(0, 2, n)
four_g = np.random.randint(0, 2, n)

worth = (ram / 1100 + battery / 900 + px_height / 1100 + 0.5 * clock + 0.09 * cores
         + 0.5 * four_g + 0.35 * dual_sim - 0.9 * depth + 0.02 * camera)
worth = worth + 0.05 * np.random.randn(n)
price_range = np.digitize(worth, np.quantile(worth, [0.25, 0.5, 0.75]))

X = np.column_stack([battery, ram, px_height, px_width, weight, clock, depth, cores, camera, dual_sim, four_g])
X_train, X_test, y_train, y_test = train_test_split(
    X, price_range, test_size=0.2, stratify=price_range, random_state=SEED)
scaler = StandardScaler().fit(X_train)
X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)

train_ds = TensorDataset(torch.tensor(X_train, dtype=torch.float32), torch.tensor(y_train))
test_ds = TensorDataset(torch.tensor(X_test, dtype=torch.float32), torch.tensor(y_test))
train_dl = DataLoader(train_ds, batch_size=64, shuffle=True)
test_dl = DataLoader(test_ds, batch_size=256)

model = nn.Sequential(
    nn.Linear(X.shape[1], 64),
    nn.ReLU(),
    nn.Linear(64, 32),
    nn.ReLU(),
    nn.Linear(32, 4),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

for epoch in range(25):
    model.train()
    running = 0.0
    for xb, yb in train_dl:
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
        running += loss.item() * len(yb)

    model.eval()
    preds, test_loss = [], 0.0
    with torch.no_grad():
        for xb, yb in test_dl:
            logits = model(xb)
            test_loss += criterion(logits, yb).item() * len(yb)
            preds.append(logits.argmax(dim=1))
    acc = accuracy_score(y_test, torch.cat(preds).numpy())
    print(f"Epoch {epoch + 1:2d} | train loss {running / len(train_ds):.4f} "
          f"| test loss {test_loss / len(test_ds):.4f} | test acc {acc:.4f}")
