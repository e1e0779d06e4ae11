import argparse
import logging

import torch
import torch.nn as nn
import torch.nn.functional as F

logging.basicConfig(level=logging.INFO, format="%(message)s")
log = logging.getLogger("beats")

TAGS = ["normal", "early", "wide"]


def record(n, length, gen):
    """Feature track of a heart recording: 4 measurements per beat; rare beats are of two odd kinds."""
    u = torch.rand(n, length, generator=gen)
    tag = torch.zeros(n, length, dtype=torch.long)
    tag[u < 0.03] = 1
    tag[u < 0.015] = 2
    x = torch.randn(n, length, 4, generator=gen)
    x[..., 0] -= 2.0 * (tag == 1)
    x[..., 1] += 1.0 * (tag == 1)
    x[..., 2] += 2.0 * (tag == 2)
    x[..., 1] -= 1.0 * (tag == 2)
    return x.transpose(1, 2), tag


class Tagger(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1 = nn.Conv1d(4, width, 3, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, padding=1)
        self.out = nn.Conv1d(width, len(TAGS), 1)

    def forward(self, x):
        h = F.relu(self.conv1(x))
        h = F.relu(self.conv2(h))
        return self.out(h)


def evaluate(net, x, tag):
    net.eval()
    with torch.no_grad():
        guess = net(x).argmax(1)
    acc = (guess == tag).float().mean().item()
    recall = [(guess[tag == k] == k).float().mean().item() for k in range(len(TAGS))]
    return acc, recall


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--epochs", type=int, default=8)
    p.add_argument("--batch", type=int, default=20)
    p.add_argument("--lr", type=float, default=2e-3)
    p.add_argument("--width", type=int, default=16)
    args = p.parse_args([])

    gen = torch.Generator().manual_seed(11)
    torch.manual_seed(11)
    x, tag = record(800, 60, gen)
    x_test, tag_test = record(300, 60, gen)
    net = Tagger(args.width)
    criterion = nn.CrossEntropyLoss(weight=1 / tag.flatten().bincount().float())
    opt = torch.optim.Adam(net.parameters(), lr=args.lr)
    for epoch in range(args.epochs):
        net.train()
        running = 0.0
        order = torch.randperm(len(x))
        for idx in order.split(args.batch):
            loss = criterion(net(x[idx]), tag[idx])
            opt.zero_grad()
            loss.backward()
            opt.step()
            running += loss.item() * len(idx)
        acc, recall = evaluate(net, x_test, tag_test)
        log.info("epoch %d loss %.4f test accuracy %.3f recall %s mean recall %.3f", epoch + 1, running / len(x), acc,
                 " ".join(f"{t}={r:.2f}" for t, r in zip(TAGS, recall)), sum(recall) / len(recall))


if __name__ == "__main__":
    main()
