import numpy as np
import torch
from sklearn.metrics import r2_score
from sklearn.model_selection import KFold
from torch import nn

torch.manual_seed(44)


def spectra(n=1500, bands=20, seed=44):
    rng = np.random.default_rng(seed)
    sugar = rng.uniform(6, 20, n)
    water = rng.normal(0, 1, n)
    grid = np.linspace(0, 1, bands)
    peak = np.exp(-((grid - 0.3) ** 2) / 0.01)
    dip = np.exp(-((grid - 0.7) ** 2) / 0.02)
    x = np.outer(np.tanh((sugar - 13) / 5), peak) + np.outer(water, dip) + 0.2 * np.outer(water * sugar / 13, peak)
    x = x + 0.08 * rng.normal(size=(n, bands))
    return x.astype(np.float32), sugar.astype(np.float32)


def make_model():
    return nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 1))


def train(model, optimizer, x, y, epochs=25, batch_size=32):
    loss_fn = nn.MSELoss()
    model.train()
    for _ in range(epochs):
        for idx in torch.randperm(len(x)).split(batch_size):
            optimizer.zero_grad()
            loss = loss_fn(model(x[idx]).squeeze(-1), y[idx])
            loss.backward()
            optimizer.step()
    return loss.item()


X, sugar = spectra()
scores = []

for fold, (train_idx, val_idx) in enumerate(KFold(5, shuffle=True, random_state=44).split(X)):
    model = make_model()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    x_mean, x_std = X[train_idx].mean(0), X[train_idx].std(0)
    y_mean, y_std = sugar[train_idx].mean(), sugar[train_idx].std()
    x_tr = torch.from_numpy((X[train_idx] - x_mean) / x_std)
    x_va = torch.from_numpy((X[val_idx] - x_mean) / x_std)
    y_tr = torch.from_numpy((sugar[train_idx] - y_mean) / y_std)

    last_loss = train(model, optimizer, x_tr, y_tr)

    model.eval()
    with torch.no_grad():
        pred = model(x_va).squeeze(-1).numpy() * y_std + y_mean
    scores.append(r2_score(sugar[val_idx], pred))
    print(f"fold {fold}: last training loss {last_loss:.4f}, R2 {scores[-1]:.3f}")

print(f"cross-validated R2 {np.mean(scores):.3f} +- {np.std(scores):.3f}")
