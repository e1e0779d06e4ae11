"""Would the taster buy this bread again? A first tabular network."""
import argparse

import torch
import torch.nn as nn
from sklearn.datasets import make_classification
from torch.utils.data import DataLoader, TensorDataset, random_split


class TasterNet(nn.Module):
    def __init__(self, n_features, width):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(n_features, width),
            nn.BatchNorm1d(width),
            nn.ReLU(),
            nn.Dropout(0.1),
            nn.Linear(width, 2),
        )

    def forward(self, x):
        return self.layers(x)


def train_one_epoch(model, loader, criterion, optimizer):
    model.train()
    total = 0.0
    for features, liked in loader:
        optimizer.zero_grad()
        loss = criterion(model(features), liked)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(liked)
    return total / len(loader.dataset)


@torch.no_grad()
def evaluate(model, loader, criterion):
    model.eval()
    total, hits = 0.0, 0
    for features, liked in loader:
        scores = model(features)
        total += criterion(scores, liked).item() * len(liked)
        hits += (scores.argmax(dim=1) == liked).sum().item()
    return total / len(loader.dataset), hits / len(loader.dataset)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--lr", type=float, default=3e-3)
    args = parser.parse_args()

    torch.manual_seed(31)
    X, y = make_classification(1100, 24, n_informative=10, n_redundant=4, n_clusters_per_class=3,
                               class_sep=1.4, flip_y=0.06, random_state=31)
    X = torch.tensor(X, dtype=torch.float32)
    train_set, val_set = random_split(TensorDataset(X, torch.tensor(y)), [600, 500])
    mean, std = X[train_set.indices].mean(0), X[train_set.indices].std(0)
    X.sub_(mean).div_(std)
    train_loader = DataLoader(train_set, batch_size=32, shuffle=True)
    val_loader = DataLoader(val_set, batch_size=250)

    model = TasterNet(X.shape[1], args.width)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr, weight_decay=1e-3)
    print(f"{len(train_loader)} training batches, {len(val_loader)} validation batches")

    for epoch in range(1, args.epochs + 1):
        train_loss = train_one_epoch(model, train_loader, criterion, optimizer)
        val_loss, val_acc = evaluate(model, val_loader, criterion)
        print(f"epoch {epoch:2d}: train loss {train_loss:.3f}  val loss {val_loss:.3f}  val acc {val_acc:.3f}")


if __name__ == "__main__":
    main()
