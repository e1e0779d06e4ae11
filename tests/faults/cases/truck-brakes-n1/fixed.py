import numpy as np
import torch
import torch.nn as nn
from sklearn.metrics import balanced_accuracy_score, confusion_matrix, recall_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, TensorDataset


def read_counters(n=12000, seed=11):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 12))
    X[:, 3] = 0.6 * X[:, 0] + 0.8 * X[:, 3]
    score = 0.75 * X[:, 0] + 0.6 * X[:, 1] * (X[:, 1] > 0) - 0.55 * X[:, 4] + 0.5 * X[:, 7] + 1.0 * rng.normal(size=n)
    y = (score > np.quantile(score, 0.97)).astype(np.float32)
    return X.astype(np.float32), y


class BrakeNet(nn.Module):
    def __init__(self, n_in):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(n_in, 24), nn.ReLU(), nn.Dropout(0.2),
            nn.Linear(24, 12), nn.ReLU(),
        )
        self.out = nn.Linear(12, 1)

    def forward(self, x):
        return self.out(self.body(x)).squeeze(-1)


torch.manual_seed(11)
X, y = read_counters()
X_tr, X_te, y_tr, y_te = train_test_split(X, y, test_size=0.25, stratify=y, random_state=11)
scaler = StandardScaler().fit(X_tr)
X_tr, X_te = scaler.transform(X_tr), scaler.transform(X_te)
X_te_t = torch.tensor(X_te, dtype=torch.float32)
loader = DataLoader(TensorDataset(torch.tensor(X_tr, dtype=torch.float32), torch.tensor(y_tr)),
                    batch_size=128, shuffle=True)

model = BrakeNet(X.shape[1])
criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor((y_tr == 0).sum() / (y_tr == 1).sum()))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-4)

for epoch in range(1, 19):
    model.train()
    epoch_loss = 0.0
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item() * xb.size(0)
    model.eval()
    with torch.no_grad():
        logits = model(X_te_t)
        val_loss = criterion(logits, torch.tensor(y_te)).item()
        pred = (torch.sigmoid(logits) > 0.5).int().numpy()
    acc = (pred == y_te).mean()
    print(f"epoch {epoch:2d}  loss {epoch_loss / len(X_tr):.4f}  val loss {val_loss:.4f}  val acc {acc:.4f}")

print(confusion_matrix(y_te, pred))
print(f"recall {recall_score(y_te, pred):.3f}  balanced accuracy {balanced_accuracy_score(y_te, pred):.3f}")
