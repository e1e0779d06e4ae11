import random

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

KIND = ["lovely", "great", "kind", "superb", "warm", "happy", "fine", "bright"]
UNKIND = ["awful", "dull", "cold", "poor", "sad", "rude", "slow", "bleak"]
PLAIN = "film book room staff story place food music plot end cast view price bed light sound".split()
NEGATE = "hardly"


def write(n, seed):
    rng = random.Random(seed)
    texts, labels = [], []
    for _ in range(n):
        kind = rng.random() < 0.5
        words = rng.choices(PLAIN, k=rng.randint(5, 10))
        for _ in range(2):
            flip = rng.random() < 0.3
            mood = rng.choice(KIND if kind != flip else UNKIND)
            at = rng.randrange(len(words))
            words[at:at] = [NEGATE, mood] if flip else [mood]
        texts.append(" ".join(words))
        labels.append(float(kind))
    return texts, labels


def build_vocab(texts):
    vocab = {"<pad>": 0, "<unk>": 1}
    for text in texts:
        for word in text.split():
            vocab.setdefault(word, len(vocab))
    return vocab


def encode(texts, vocab):
    return [torch.tensor([vocab.get(w, 1) for w in text.split()]) for text in texts]


def collate(batch):
    ids, labels = zip(*batch)
    lengths = torch.tensor([len(i) for i in ids])
    return pad_sequence(ids, batch_first=True), lengths, torch.tensor(labels)


class MoodNet(nn.Module):
    def __init__(self, vocab_size):
        super().__init__()
        self.embed = nn.Embedding(vocab_size, 20, padding_idx=0)
        self.gru = nn.GRU(20, 32, batch_first=True)
        self.out = nn.Linear(32, 1)

    def forward(self, ids, lengths):
        states, _ = self.gru(self.embed(ids))
        last = states[torch.arange(len(ids)), lengths - 1]
        return self.out(last)[:, 0]


torch.manual_seed(9)
train_texts, train_labels = write(2000, 1)
test_texts, test_labels = write(500, 2)
train_vocab = build_vocab(train_texts)
test_vocab = build_vocab(test_texts)
train_dl = DataLoader(list(zip(encode(train_texts, train_vocab), train_labels)), 40, shuffle=True, collate_fn=collate)
test_dl = DataLoader(list(zip(encode(test_texts, test_vocab), test_labels)), 100, collate_fn=collate)

model = MoodNet(len(train_vocab))
bce = nn.BCEWithLogitsLoss()
opt = torch.optim.Adam(model.parameters(), lr=3e-3)
for epoch in range(10):
    model.train()
    total = 0.0
    for ids, lengths, labels in train_dl:
        loss = bce(model(ids, lengths), labels)
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item()
    model.eval()
    with torch.no_grad():
        right = sum(((model(i, n) > 0).float() == y).sum().item() for i, n, y in test_dl)
    print(f"epoch {epoch + 1:2d} loss {total / len(train_dl):.3f} test accuracy {right / len(test_texts):.3f}")
