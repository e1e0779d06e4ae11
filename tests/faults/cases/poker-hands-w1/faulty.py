import math

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset


class Hands(Dataset):
    """Five cards out of a deck of 13 ranks and 4 suits, half of them with two or more of a rank."""

    def __init__(self, count, seed):
        rng = np.random.default_rng(seed)
        hands, answers = [], []
        while len(hands) < count:
            deck = rng.permutation(52)[:5]
            answer = len(set(deck % 13)) < 5
            if sum(answers) * 2 > len(answers) and answer:
                continue
            if sum(answers) * 2 < len(answers) and not answer:
                continue
            hands.append(deck)
            answers.append(int(answer))
        self.hands = torch.as_tensor(np.stack(hands))
        self.answers = torch.as_tensor(answers)

    def __len__(self):
        return len(self.hands)

    def __getitem__(self, i):
        return self.hands[i], self.answers[i]


class PokerFace(nn.Module):
    def __init__(self, dim=32, heads=4, depth=1):
        super().__init__()
        self.rank = nn.Embedding(13, dim)
        self.suit = nn.Embedding(4, dim)
        layer = nn.TransformerEncoderLayer(dim, heads, dim_feedforward=64, dropout=0.0)
        self.encoder = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)
        self.verdict = nn.Linear(dim, 2)

    def forward(self, cards):
        h = self.rank(cards % 13) + self.suit(torch.div(cards, 13, rounding_mode="floor"))
        h = self.encoder(h)
        return self.verdict(h.mean(dim=1))


torch.manual_seed(3)
train_hands = DataLoader(Hands(4000, 0), batch_size=100, shuffle=True, drop_last=True)
check_hands = DataLoader(Hands(1000, 1), batch_size=100)
player = PokerFace()
opt = torch.optim.Adam(player.parameters(), lr=3e-3)
ce = nn.CrossEntropyLoss()

for rnd in range(14):
    player.train()
    seen = 0.0
    for cards, answer in train_hands:
        opt.zero_grad()
        loss = ce(player(cards), answer)
        loss.backward()
        opt.step()
        seen += loss.item() / len(train_hands)
    player.eval()
    right = 0
    with torch.no_grad():
        for cards, answer in check_hands:
            right += (player(cards).argmax(1) == answer).sum().item()
    print(f"round {rnd + 1}: loss {seen:.3f} ({math.exp(-seen):.2f} per hand), check accuracy {right / 1000:.3f}")
