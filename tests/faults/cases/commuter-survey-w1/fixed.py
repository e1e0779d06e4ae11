import argparse

import numpy as np
import torch
from sklearn.datasets import make_friedman1
from sklearn.preprocessing import StandardScaler

ap = argparse.ArgumentParser()
ap.add_argument("--people", type=int, default=540)
ap.add_argument("--train-share", type=float, default=0.8)
ap.add_argument("--hidden", type=int, default=64)
ap.add_argument("--lr", type=float, default=2e-3)
ap.add_argument("--epochs", type=int, default=60)
ap.add_argument("--seed", type=int, default=8)
args = ap.parse_args([])

rng = np.random.default_rng(args.seed)
torch.manual_seed(args.seed)

answers, spending = make_friedman1(args.people, n_features=10, noise=2.0, random_state=args.seed)
n = args.people
n_train = int(args.train_share * n)
train_idx = rng.choice(n, size=n_train, replace=False)
val_idx = np.setdiff1d(np.arange(n), train_idx)

sx = StandardScaler().fit(answers[train_idx])
sy = StandardScaler().fit(spending[train_idx, None])
X = torch.tensor(sx.transform(answers), dtype=torch.float32)
y = torch.tensor(sy.transform(spending[:, None]), dtype=torch.float32)

model = torch.nn.Sequential(
    torch.nn.Linear(X.shape[1], args.hidden), torch.nn.SiLU(),
    torch.nn.Linear(args.hidden, args.hidden), torch.nn.SiLU(),
    torch.nn.Linear(args.hidden, 1),
)
opt = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=0.05)


def r2(idx):
    with torch.no_grad():
        rest = (y[idx] - model(X[idx])).square().sum()
    return 1 - (rest / (y[idx] - y[idx].mean()).square().sum()).item()


for epoch in range(1, args.epochs + 1):
    for batch in np.array_split(rng.permutation(train_idx), max(1, n_train // 32)):
        loss = torch.nn.functional.mse_loss(model(X[batch]), y[batch])
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch % 5 == 0:
        print(f"epoch {epoch:3d}  train r2 {r2(train_idx):.3f}  validation r2 {r2(val_idx):.3f}")
