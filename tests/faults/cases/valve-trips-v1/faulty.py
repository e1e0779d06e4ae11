import numpy as np
import torch
import torch.nn as nn
from sklearn.metrics import balanced_accuracy_score, recall_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, TensorDataset


def plant_log(n=14000, seed=5):
    """Eight sensors of a valve, and whether it tripped within the following hour."""
    rng = np.random.default_rng(seed)
    trip = (rng.random(n) < 0.02).astype(np.float32)
    X = rng.normal(0, 1, (n, 8))
    X[:, 0] += 1.0 * trip
    X[:, 2] -= 1.1 * trip
    X[:, 3] += 0.9 * trip
    X[:, 6] -= 0.9 * trip
    X = X * np.array([3.0, 12.0, 0.4, 1.0, 40.0, 7.0, 2.0, 0.1]) + np.array([60, 210, 1.2, 0, 900, 14, -3, 0.5])
    return X, trip


class TripNet(nn.Module):
    def __init__(self, n_sensors, hidden=16):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(n_sensors, hidden),
            nn.ReLU(),
            nn.Linear(hidden, 1),
        )

    def forward(self, x):
        return self.layers(x).squeeze(1)


torch.manual_seed(5)
X, y = plant_log()
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=0, stratify=y)
scaler = StandardScaler().fit(X_train)
train_set = TensorDataset(torch.tensor(scaler.transform(X_train), dtype=torch.float32), torch.tensor(y_train))
X_test = torch.tensor(scaler.transform(X_test), dtype=torch.float32)
loader = DataLoader(train_set, batch_size=128, shuffle=True)

model = TripNet(X.shape[1])
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=1e-2)

for epoch in range(1, 16):
    model.train()
    total = 0.0
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(yb)
    model.eval()
    with torch.no_grad():
        alarm = (model(X_test) > 0).numpy()
    print(
        f"epoch {epoch:2d} loss {total / len(train_set):.4f} "
        f"trips caught {recall_score(y_test, alarm):.3f} "
        f"balanced accuracy {balanced_accuracy_score(y_test, alarm):.3f}"
    )
