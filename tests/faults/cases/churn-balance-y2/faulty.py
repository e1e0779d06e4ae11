import argparse

import numpy as np
import torch
from sklearn.datasets import make_classification
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def oversample(X, y):
    rare = np.where(y == 1)[0]
    times = int((y == 0).sum() / len(rare))
    index = np.concatenate([np.where(y == 0)[0], np.repeat(rare, times)])
    return X[index], y[index]


def get_data(seed):
    X, y = make_classification(n_samples=2400, n_features=20, n_informative=8, n_redundant=0, weights=[0.92],
                               class_sep=0.7, flip_y=0.04, random_state=seed)
    X = X.astype(np.float32)
    X, y = oversample(X, y)
    Xa, Xb, ya, yb = train_test_split(X, y, test_size=0.25, stratify=y, random_state=seed)
    mu, sd = Xa.mean(0), Xa.std(0)
    return (Xa - mu) / sd, ya, (Xb - mu) / sd, yb


def main(args):
    torch.manual_seed(args.seed)
    Xa, ya, Xb, yb = get_data(args.seed)
    loader = DataLoader(TensorDataset(torch.from_numpy(Xa), torch.from_numpy(ya).float()),
                        batch_size=args.batch_size, shuffle=True)
    model = nn.Sequential(nn.Linear(20, args.hidden), nn.ReLU(), nn.Dropout(0.2),
                          nn.Linear(args.hidden, args.hidden), nn.ReLU(), nn.Dropout(0.2),
                          nn.Linear(args.hidden, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=1e-3)
    criterion = nn.BCEWithLogitsLoss()
    for epoch in range(args.epochs):
        model.train()
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(x).squeeze(1), y)
            loss.backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            guess = (model(torch.from_numpy(Xb)).squeeze(1) > 0).numpy()
        leavers = guess[yb == 1].mean()
        print(f"epoch {epoch + 1:2d} recall {leavers:.3f} balanced accuracy {balanced_accuracy_score(yb, guess):.3f}")


if __name__ == "__main__":
    p = argparse.ArgumentParser()
    p.add_argument("--seed", type=int, default=3)
    p.add_argument("--hidden", type=int, default=64)
    p.add_argument("--epochs", type=int, default=14)
    p.add_argument("--batch-size", type=int, default=64)
    p.add_argument("--lr", type=float, default=2e-3)
    main(p.parse_args())
