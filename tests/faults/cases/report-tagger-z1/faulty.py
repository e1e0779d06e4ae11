"""Mark the places where a log line begins or ends an incident (token tagging: 0 nothing, 1 begins, 2 ends)."""
from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class Config:
    vocab: int = 40
    length: int = 50
    hidden: int = 32
    lines: int = 1000
    epochs: int = 5
    lr: float = 3e-3
    seed: int = 21


cfg = Config()
torch.manual_seed(cfg.seed)


def make(n):
    """Word 3 followed by one of the words below 12 often begins an incident; after word 5 it often ends one."""
    words = torch.randint(0, cfg.vocab, (n, cfg.length))
    tags = torch.zeros_like(words)
    prev = torch.roll(words, 1, dims=1)
    prev[:, 0] = 39
    small = words < 12
    hit = torch.rand(n, cfg.length) < 0.42
    tags[(prev == 3) & small & hit] = 1
    tags[(prev == 5) & small & hit] = 2
    return words, tags


class Tagger(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.embed = nn.Embedding(cfg.vocab, 16)
        self.rnn = nn.GRU(16, cfg.hidden, batch_first=True)
        self.out = nn.Linear(cfg.hidden, 3)

    def forward(self, words):
        h, _ = self.rnn(self.embed(words))
        return self.out(h)


def recalls(model, words, tags):
    with torch.no_grad():
        guess = model(words).argmax(-1)
    return [((guess == c) & (tags == c)).sum().item() / (tags == c).sum().item() for c in range(3)]


train_words, train_tags = make(cfg.lines)
val_words, val_tags = make(400)
model = Tagger(cfg)
optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr)
criterion = nn.CrossEntropyLoss()

for epoch in range(cfg.epochs):
    for rows in torch.randperm(cfg.lines).split(24):
        logits = model(train_words[rows])
        loss = criterion(logits.reshape(-1, 3), train_tags[rows].reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    r = recalls(model, val_words, val_tags)
    print(f"epoch {epoch + 1} loss {loss.item():.4f} recall nothing {r[0]:.3f} begins {r[1]:.3f} ends {r[2]:.3f} mean {sum(r) / 3:.3f}")
