import argparse

import numpy as np
import torch
from sklearn.datasets import make_classification
from torch.utils.data import DataLoader, Dataset


class Echoes(Dataset):
    """Sonar echoes of rocks and cylinders; train=True gives four fifths of them, train=False the rest."""

    def __init__(self, train=True):
        x, y = make_classification(n_samples=500, n_features=30, n_informative=10, n_redundant=5, n_clusters_per_class=4,
                                   class_sep=1.5, flip_y=0.05, random_state=12)
        order = np.random.RandomState(0).permutation(len(x))
        keep = order[:400] if train else order[400:]
        self.x = torch.tensor(x[keep] / x.std(), dtype=torch.float32)
        self.y = torch.tensor(y[keep], dtype=torch.float32)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


def run_epoch(net, loader, optimizer=None):
    net.train(optimizer is not None)
    total, hits = 0.0, 0
    with torch.set_grad_enabled(optimizer is not None):
        for x, y in loader:
            out = net(x).squeeze(1)
            loss = torch.nn.functional.binary_cross_entropy_with_logits(out, y)
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            total += loss.item() * len(y)
            hits += ((out > 0) == (y > 0.5)).sum().item()
    return total / len(loader.dataset), hits / len(loader.dataset)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=12)
    args = parser.parse_args([])
    torch.manual_seed(args.seed)
    np.random.seed(args.seed)

    train_loader = DataLoader(Echoes(train=True), batch_size=16, shuffle=True)
    test_loader = DataLoader(Echoes(train=False), batch_size=100)
    net = torch.nn.Sequential(
        torch.nn.Linear(30, 64), torch.nn.ReLU(), torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 1)
    )
    optimizer = torch.optim.Adam(net.parameters(), lr=args.lr)
    for epoch in range(1, args.epochs + 1):
        train_loss, train_acc = run_epoch(net, train_loader, optimizer)
        test_loss, test_acc = run_epoch(net, test_loader)
        if epoch % 2 == 0:
            print(f"[{epoch}] train {train_loss:.3f} / {train_acc:.3f}   test {test_loss:.3f} / {test_acc:.3f}")


if __name__ == "__main__":
    main()
