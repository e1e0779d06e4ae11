import numpy as np
import torch
from sklearn.datasets import load_wine
from sklearn.model_selection import StratifiedKFold
from torch import nn, optim

SEED = 31
torch.manual_seed(SEED)
X, y = load_wine(return_X_y=True)
X = X.astype(np.float32)


def make_model():
    return nn.Sequential(nn.Linear(13, 32), nn.ReLU(), nn.Linear(32, 3))


def train_fold(model, optimizer, X, y, epochs=40):
    criterion = nn.CrossEntropyLoss()
    for _ in range(epochs):
        for idx in torch.randperm(len(X)).split(16):
            loss = criterion(model(X[idx]), y[idx])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return loss.item()


model = make_model()
folds = StratifiedKFold(5, shuffle=True, random_state=SEED)
scores = []
for k, (tr, te) in enumerate(folds.split(X, y)):
    mu, sd = X[tr].mean(0), X[tr].std(0)
    X_tr, X_te = (torch.from_numpy((X[i] - mu) / sd) for i in (tr, te))
    y_tr, y_te = torch.tensor(y[tr]), torch.tensor(y[te])
    model = make_model()          # a fresh one for every fold
    optimizer = optim.Adam(model.parameters(), lr=0.005)
    last = train_fold(model, optimizer, X_tr, y_tr)
    with torch.no_grad():
        scores.append((model(X_te).argmax(1) == y_te).float().mean().item())
    print(f"fold {k}: final loss {last:.3f}, accuracy {scores[-1]:.3f}")

print(f"cross-validated accuracy {np.mean(scores):.3f} +- {np.std(scores):.3f}")
