import argparse

import torch
import torch.nn as nn
import torch.nn.functional as F


def get_args():
    p = argparse.ArgumentParser()
    p.add_argument("--epochs", type=int, default=10)
    p.add_argument("--batch-size", type=int, default=32)
    p.add_argument("--lr", type=float, default=0.02)
    p.add_argument("--momentum", type=float, default=0.9)
    p.add_argument("--weight-decay", type=float, default=0.1)
    p.add_argument("--seed", type=int, default=23)
    return p.parse_args()


def bark(n, size=24):
    """Patches of five kinds of bark: coarse, fine, upright ridges, lying bands, plates."""
    kind = torch.randint(0, 5, (n,))
    noise = torch.randn(n, 1, size + 8, size + 8)
    kernels = {0: (9, 9), 1: (3, 3), 2: (9, 3), 3: (3, 9)}
    x = torch.empty(n, 1, size, size)
    for k in range(4):
        rows = kind == k
        h, w = kernels[k]
        smooth = F.avg_pool2d(noise[rows], (h, w), stride=1, padding=(h // 2, w // 2))
        x[rows] = smooth[:, :, 4:-4, 4:-4]
    rows = kind == 4
    x[rows] = F.interpolate(torch.randn(int(rows.sum()), 1, 5, 5), size=(size, size), mode="nearest")
    x = x / x.std(dim=(2, 3), keepdim=True) + 0.5 * torch.randn(n, 1, size, size)
    return x, kind


class BarkNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 12, 3, padding=1)
        self.conv2 = nn.Conv2d(12, 24, 3, padding=1)
        self.conv3 = nn.Conv2d(24, 24, 3, padding=1)
        self.fc = nn.Linear(24, 5)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = F.relu(self.conv3(x))
        return self.fc(x.mean(dim=(2, 3)))


def test(model, x, y):
    model.eval()
    with torch.no_grad():
        out = model(x)
    return F.cross_entropy(out, y).item(), (out.argmax(1) == y).float().mean().item()


def main():
    args = get_args()
    torch.manual_seed(args.seed)
    train_x, train_y = bark(1600)
    test_x, test_y = bark(400)
    mean, std = train_x.mean(), train_x.std()
    train_x, test_x = (train_x - mean) / std, (test_x - mean) / std
    model = BarkNet()
    optimizer = torch.optim.SGD(
        model.parameters(), lr=args.lr, momentum=args.momentum, weight_decay=args.weight_decay, nesterov=True
    )
    for epoch in range(1, args.epochs + 1):
        model.train()
        total = 0.0
        for idx in torch.randperm(len(train_x)).split(args.batch_size):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(train_x[idx]), train_y[idx])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(idx)
        test_loss, test_acc = test(model, test_x, test_y)
        print(f"Epoch {epoch}: train {total / len(train_x):.4f} | test {test_loss:.4f} | accuracy {100 * test_acc:.1f}%")


if __name__ == "__main__":
    main()
