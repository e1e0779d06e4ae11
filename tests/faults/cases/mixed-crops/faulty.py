import argparse

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn


def get_args():
    parser = argparse.ArgumentParser(description="mixup on scikit-learn's digits")
    parser.add_argument("--alpha", type=float, default=0.3)
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--lr", type=float, default=1e-3)
    return parser.parse_args()


def mix(x, y, alpha):
    """Each picture with another of the batch; the target says how much of which."""
    keep = torch.distributions.Beta(alpha, alpha).sample((len(x), 1))
    other = torch.randperm(len(x))
    hot = F.one_hot(y, 10).float()
    return keep * x + (1 - keep) * x[other], keep * hot + (1 - keep) * hot[other]


def soft_loss(shares, scores):
    return F.cross_entropy(scores, shares)


def main(args):
    torch.manual_seed(3)
    X, y = load_digits(return_X_y=True)
    x, x_val, y, y_val = train_test_split(X / 8 - 1, y, test_size=0.25, random_state=3)
    x, x_val = torch.tensor(x, dtype=torch.float32), torch.tensor(x_val, dtype=torch.float32)
    y, y_val = torch.tensor(y), torch.tensor(y_val)
    net = nn.Sequential(nn.Linear(64, 80), nn.ReLU(), nn.Linear(80, 10))
    optimizer = torch.optim.Adam(net.parameters(), lr=args.lr)
    for epoch in range(1, args.epochs + 1):
        net.train()
        running, steps = 0.0, 0
        for idx in torch.randperm(len(x)).split(args.batch):
            mixed, shares = mix(x[idx], y[idx], args.alpha)
            loss = soft_loss(net(mixed), shares)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            running, steps = running + loss.item(), steps + 1
        net.eval()
        with torch.no_grad():
            acc = (net(x_val).argmax(1) == y_val).float().mean().item()
        if epoch % 5 == 0:
            print(f"epoch {epoch} mixed loss {running / steps:.3f} validation accuracy {acc:.3f}")


if __name__ == "__main__":
    main(get_args())
