import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import make_classification
from sklearn.metrics import f1_score, recall_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.utils import resample

SEED = 17
torch.manual_seed(SEED)


def load_claims():
    X, y = make_classification(n_samples=3000, n_features=20, n_informative=10, n_redundant=0, n_clusters_per_class=2,
                               weights=[0.85], class_sep=1.6, flip_y=0.0, random_state=SEED)
    return X.astype(np.float32), y


def oversample(X, y):
    rare = resample(X[y == 1], n_samples=int((y == 0).sum()), random_state=SEED)
    X_all = np.concatenate([X[y == 0], rare])
    y_all = np.concatenate([np.zeros((y == 0).sum()), np.ones(len(rare))])
    return X_all.astype(np.float32), y_all


X, y = load_claims()
print(f"{len(y)} claims, {int(y.sum())} for review")
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.25, stratify=y, random_state=SEED)
X_train, y_train = oversample(X_train, y_train)

scaler = StandardScaler().fit(X_train)
X_train = torch.from_numpy(scaler.transform(X_train))
X_val = torch.from_numpy(scaler.transform(X_val))
y_train = torch.tensor(y_train, dtype=torch.float32)

model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 1))
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-2)

for epoch in range(1, 13):
    model.train()
    total = 0.0
    for idx in torch.randperm(len(X_train)).split(64):
        logits = model(X_train[idx]).squeeze(1)
        loss = loss_fn(logits, y_train[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx)

    model.eval()
    with torch.no_grad():
        scores = model(X_val).squeeze(1)
        val_loss = loss_fn(scores, torch.tensor(y_val, dtype=torch.float32)).item()
    guess = (scores > 0).int().numpy()
    print(f"epoch {epoch:2d} train loss {total / len(X_train):.3f} val loss {val_loss:.3f} "
          f"val recall {recall_score(y_val, guess):.3f} val F1 {f1_score(y_val, guess):.3f}")
