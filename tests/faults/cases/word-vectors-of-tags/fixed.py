import argparse
import random

import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence

PATTERNS = {
    "light": ["turn {on} the {lamp}", "switch the {lamp} {on} please", "{lamp} {on} now"],
    "music": ["play {song} in the {room}", "put {song} on", "i want to hear {song}"],
    "timer": ["set a timer for {num} minutes", "wake me in {num} minutes", "count down {num} minutes"],
    "weather": ["will it {rain} in {city}", "is there {rain} in {city} now", "do i need a coat in {city}"],
    "call": ["ring {name} now", "put me through to {name}", "i want to talk to {name} now"],
}


def make_slots(size):
    prefixes = dict(on="on off dim bright".split())
    for slot in ("lamp", "song", "room", "num", "rain", "city", "name"):
        prefixes[slot] = [f"{slot}{i}" for i in range(size)]
    return prefixes


def sentences(n, slots, rng):
    rows = []
    for _ in range(n):
        label = rng.choice(sorted(PATTERNS))
        text = rng.choice(PATTERNS[label])
        words = [rng.choice(slots[w[1:-1]]) if w[0] == "{" else w for w in text.split()]
        words = [w for w in words if rng.random() > 0.45] or words[:1]
        rng.shuffle(words)
        rows.append((words, sorted(PATTERNS).index(label)))
    return rows


class IntentModel(nn.Module):
    def __init__(self, vectors, hidden, n_classes):
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(vectors, freeze=False, padding_idx=0)
        self.out = nn.Linear(vectors.shape[1], n_classes)

    def forward(self, ids):
        mask = (ids > 0).float().unsqueeze(-1)
        pooled = (self.embedding(ids) * mask).sum(1) / mask.sum(1)
        return self.out(pooled)


def batches(rows, vocab, size):
    for i in range(0, len(rows), size):
        part = rows[i:i + size]
        ids = pad_sequence([torch.tensor([vocab[w] for w in words]) for words, _ in part], batch_first=True)
        yield ids, torch.tensor([label for _, label in part])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dim", type=int, default=12)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--lr", type=float, default=0.01)
    args = parser.parse_args()
    rng = random.Random(7)
    torch.manual_seed(7)
    slots = make_slots(30)
    train, valid = sentences(2500, slots, rng), sentences(600, slots, rng)
    vocab = {w: i + 1 for i, w in enumerate(sorted({w for words, _ in train + valid for w in words}))}
    vectors = torch.randn(len(vocab) + 1, args.dim) * 0.1
    model = IntentModel(vectors, 32, len(PATTERNS))
    optimizer = torch.optim.Adam((p for p in model.parameters() if p.requires_grad), lr=args.lr)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(args.epochs):
        rng.shuffle(train)
        model.train()
        losses = []
        for ids, label in batches(train, vocab, 40):
            optimizer.zero_grad()
            loss = criterion(model(ids), label)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        model.eval()
        with torch.no_grad():
            hits = sum((model(ids).argmax(1) == label).sum().item() for ids, label in batches(valid, vocab, 200))
        print(f"epoch {epoch + 1:2d} | train loss {sum(losses) / len(losses):.3f} | valid acc {hits / len(valid):.3f}")


if __name__ == "__main__":
    main()
