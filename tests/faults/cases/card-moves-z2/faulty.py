"""Copy an expert's play in a trick-taking card game from recorded positions."""
import argparse

import torch
from torch import nn
from torch.nn import functional as F

CARDS = 24


def positions(n, gen):
    hand = torch.rand(n, CARDS, generator=gen) < 0.3
    hand[torch.arange(n), torch.randint(CARDS, (n,), generator=gen)] = True
    led = torch.randint(4, (n,), generator=gen)
    suit = torch.arange(CARDS) // 6
    follow = hand & (suit == led[:, None])
    legal = torch.where(follow.any(1, keepdim=True), follow, hand)
    # the expert plays the highest legal card when following, else the lowest
    rank = (torch.arange(CARDS) % 6).float() + 0.1 * suit
    worth = torch.where(follow.any(1, keepdim=True), rank, -rank)
    move = worth.masked_fill(~legal, -100.0).argmax(1)
    x = torch.cat([hand.float(), F.one_hot(led, 4).float()], 1)
    return x, legal, move


class Policy(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.stack = nn.Sequential(nn.Linear(CARDS + 4, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU())
        self.head = nn.Linear(hidden, CARDS)

    def forward(self, x, legal):
        return self.head(self.stack(x)).masked_fill(~legal, float("-inf"))


def bonus(logits):
    p = logits.softmax(-1)
    return -(p * p.log()).sum(-1).mean()


def agreement(policy, x, legal, move):
    with torch.no_grad():
        return (policy(x, legal).argmax(-1) == move).float().mean().item()


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--updates", type=int, default=1500)
    ap.add_argument("--hidden", type=int, default=96)
    ap.add_argument("--lr", type=float, default=2e-3)
    ap.add_argument("--explore", type=float, default=1e-3)
    args = ap.parse_args()

    torch.manual_seed(0)
    gen = torch.Generator().manual_seed(21)
    train, test = positions(6000, gen), positions(1500, gen)
    policy = Policy(args.hidden)
    adam = torch.optim.Adam(policy.parameters(), lr=args.lr)
    for update in range(1, args.updates + 1):
        pick = torch.randint(6000, (64,))
        x, legal, move = (part[pick] for part in train)
        logits = policy(x, legal)
        loss = F.cross_entropy(logits, move) - args.explore * bonus(logits)
        adam.zero_grad()
        loss.backward()
        adam.step()
        if update % 250 == 0:
            print(f"update {update}: loss {loss.item():.4f}, agrees with the expert {agreement(policy, *test):.3f}")


main()
