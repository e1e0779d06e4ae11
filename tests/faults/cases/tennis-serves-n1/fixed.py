import argparse

import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset


class ServeClassifier(nn.Module):
    def __init__(self, input_dim, hidden_dim, output_dim):
        super(ServeClassifier, self).__init__()
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc2 = nn.Linear(hidden_dim, hidden_dim)
        self.fc3 = nn.Linear(hidden_dim, output_dim)

    def forward(self, x):
        x = torch.relu(self.fc1(x))
        x = torch.relu(self.fc2(x))
        x = self.fc3(x)
        return x


def simulate_serves(n, rng):
    speed = rng.uniform(30, 60, n)          # m/s
    down = np.radians(rng.uniform(0, 14, n))
    side = np.radians(rng.uniform(-14, 14, n))
    height = rng.uniform(2.2, 3.1, n)
    spin = rng.uniform(0, 1, n)
    g = 9.81 + 14 * spin
    vy, vx = speed * np.sin(down), speed * np.cos(down)
    t_net = 11.9 / (vx * np.cos(side))
    at_net = height - vy * t_net - 0.5 * g * t_net ** 2
    t_land = (-vy + np.sqrt(vy ** 2 + 2 * g * height)) / g
    length = vx * t_land * np.cos(side)
    across = vx * t_land * np.sin(side)
    inside = (at_net > 0.91) & (length < 18.3) & (across > -1.5) & (across < 3.0)
    X = np.column_stack([speed, down, side, height, spin])
    return X, inside.astype(np.int64)


def accuracy(model, loader):
    model.eval()
    correct = total = 0
    with torch.no_grad():
        for x, y in loader:
            correct += (model(x).argmax(1) == y).sum().item()
            total += y.size(0)
    return correct / total


def main(args):
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    X, y = simulate_serves(40000, rng)
    good, out = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    k = min(len(good), len(out), 2000)
    keep = rng.permutation(np.concatenate([good[:k], out[:k]]))
    X, y = X[keep], y[keep]
    n_train = int(0.8 * len(X))
    X = (X - X[:n_train].mean(axis=0)) / X[:n_train].std(axis=0)
    X, y = torch.from_numpy(X).float(), torch.from_numpy(y)
    train_set = TensorDataset(X[:n_train], y[:n_train])
    test_set = TensorDataset(X[n_train:], y[n_train:])
    train_loader = DataLoader(train_set, batch_size=args.batch_size, shuffle=True)
    test_loader = DataLoader(test_set, batch_size=500)

    model = ServeClassifier(X.shape[1], args.hidden, 2)
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.Adam(model.parameters(), lr=args.lr)
    for epoch in range(args.epochs):
        model.train()
        running_loss = 0.0
        for x, labels in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(x), labels)
            loss.backward()
            optimizer.step()
            running_loss += loss.item() * x.size(0)
        if (epoch + 1) % 5 == 0:
            print(f"Epoch [{epoch + 1}/{args.epochs}] loss: {running_loss / len(train_set):.4f} "
                  f"test accuracy: {accuracy(model, test_loader):.4f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--hidden", type=int, default=64)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--seed", type=int, default=8)
    main(parser.parse_args())
