import numpy as np
import torch
from sklearn.datasets import make_classification
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def load_claims():
    X, y = make_classification(
        n_samples=3600, n_features=20, n_informative=10, n_redundant=4, n_clusters_per_class=2,
        weights=[0.92], class_sep=1.6, flip_y=0.02, random_state=21,
    )
    return X.astype(np.float32), y.astype(np.float32)


def oversample(X, y, rng):
    """Repeat the rare class until both are equally frequent."""
    rare, common = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    extra = rng.choice(rare, len(common) - len(rare), replace=True)
    rows = np.concatenate([common, rare, extra])
    return X[rows], y[rows]


torch.manual_seed(21)
rng = np.random.default_rng(21)

X, y = load_claims()
X, y = oversample(X, y, rng)
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.25, stratify=y, random_state=21)
scaler = StandardScaler().fit(X_train)
X_train, X_val = (torch.tensor(scaler.transform(part)) for part in (X_train, X_val))
y_train = torch.tensor(y_train)

model = nn.Sequential(
    nn.Linear(20, 64), nn.ReLU(), nn.Dropout(0.2),
    nn.Linear(64, 32), nn.ReLU(),
    nn.Linear(32, 1), nn.Flatten(0),
)
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01)
loader = DataLoader(TensorDataset(X_train, y_train), batch_size=64, shuffle=True)

for epoch in range(1, 7):
    model.train()
    total = 0.0
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(xb)
    model.eval()
    with torch.no_grad():
        scores = model(X_val).numpy()
    f1 = f1_score(y_val, scores > 0)
    auc = roc_auc_score(y_val, scores)
    print(f"epoch {epoch}  loss {total / len(X_train):.3f}  validation F1 {f1:.3f}  AUC {auc:.3f}")
