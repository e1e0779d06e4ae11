import random

import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset

ROLES = ["DET", "ADJ", "NOUN", "VERB", "PREP"]
LEXICON = {
    "DET": ["the", "a", "this", "every"],
    "ADJ": ["old", "light", "cold", "fast", "iron"],
    "NOUN": ["light", "fast", "iron", "walk", "boat", "watch", "king", "cold"],
    "VERB": ["walk", "watch", "iron", "boat", "sees", "light"],
    "PREP": ["near", "with", "past", "fast"],
}
WORDS = {w: i + 1 for i, w in enumerate(sorted({w for ws in LEXICON.values() for w in ws}))}
PAD_TAG = -1


class Sentences(Dataset):
    def __init__(self, n, seed):
        rng = random.Random(seed)
        self.rows = [self.make(rng) for _ in range(n)]

    @staticmethod
    def noun_phrase(rng):
        return ["DET"] + ["ADJ"] * rng.choice([0, 0, 1, 2]) + ["NOUN"]

    def make(self, rng):
        tags = self.noun_phrase(rng) + ["VERB"] + self.noun_phrase(rng)
        if rng.random() < 0.5:
            tags += ["PREP"] + self.noun_phrase(rng)
        words = [WORDS[rng.choice(LEXICON[t])] for t in tags]
        return torch.tensor(words), torch.tensor([ROLES.index(t) for t in tags])

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        return self.rows[i]


def pad(batch):
    words, tags = zip(*batch)
    return pad_sequence(words, True), pad_sequence(tags, True, padding_value=PAD_TAG)


class Tagger(nn.Module):
    def __init__(self, dim=24, hidden=24):
        super().__init__()
        self.embedding = nn.Embedding(len(WORDS) + 1, dim, padding_idx=0)
        self.gru = nn.GRU(dim, hidden, batch_first=True, bidirectional=True)
        self.hidden2tag = nn.Linear(2 * hidden, len(ROLES))

    def forward(self, words):
        states, _ = self.gru(self.embedding(words))
        return torch.log_softmax(self.hidden2tag(states), dim=-1)


def run_epoch(model, loader, loss_function, optimizer=None):
    model.train(optimizer is not None)
    total, right, tokens = 0.0, 0, 0
    with torch.set_grad_enabled(optimizer is not None):
        for words, tags in loader:
            scores = model(words)
            loss = loss_function(scores.flatten(0, 1), tags.flatten())
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), 5.0)
                optimizer.step()
            real = tags != PAD_TAG
            total += loss.item()
            right += (scores.argmax(-1) == tags)[real].sum().item()
            tokens += real.sum().item()
    return total / len(loader), right / tokens


torch.manual_seed(12)
train_loader = DataLoader(Sentences(1000, 0), 32, shuffle=True, collate_fn=pad)
dev_loader = DataLoader(Sentences(250, 1), 125, collate_fn=pad)
model = Tagger()
loss_function = nn.NLLLoss(ignore_index=PAD_TAG)
optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9)
for epoch in range(6):
    train_loss, train_acc = run_epoch(model, train_loader, loss_function, optimizer)
    dev_loss, dev_acc = run_epoch(model, dev_loader, loss_function)
    print(f"epoch {epoch + 1} train {train_loss:.3f}/{train_acc:.3f} dev {dev_loss:.3f}/{dev_acc:.3f}")
