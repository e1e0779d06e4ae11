import random
import string

import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

SYLLABLES = {
    "north": ("sk br vik gr ul st".split(), "arn und ek olv ist".split()),
    "coast": ("ma lo ri na te sa".split(), "lua ano ire eta osa".split()),
    "hills": ("ch lla gw pen ydd tre".split(), "wyn och fan ell arth".split()),
}
DIALECTS = list(SYLLABLES)
LETTERS = {c: i + 1 for i, c in enumerate(string.ascii_lowercase)}


def word(dialect, rng):
    start, end = SYLLABLES[dialect]
    letters = [rng.choice(start) for _ in range(rng.randint(1, 3))] + [rng.choice(end)]
    text = "".join(letters)
    # dialects borrow letters from each other
    return "".join(rng.choice(string.ascii_lowercase) if rng.random() < 0.15 else c for c in text)


def words(n, seed):
    rng = random.Random(seed)
    labels = [rng.randrange(len(DIALECTS)) for _ in range(n)]
    return [(word(DIALECTS[k], rng), k) for k in labels]


def collate(batch):
    ids = [torch.tensor([LETTERS[c] for c in text]) for text, _ in batch]
    return pad_sequence(ids, batch_first=True), torch.tensor([label for _, label in batch])


class DialectRNN(nn.Module):
    def __init__(self, emb=16, hidden=32):
        super().__init__()
        self.emb = nn.Embedding(len(LETTERS) + 1, emb, padding_idx=0)
        self.gru = nn.GRU(emb, hidden, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * hidden, len(DIALECTS))

    def forward(self, x):
        _, h = self.gru(self.emb(x))
        h = torch.cat([h[0], h[1]], dim=1)
        return self.fc(h)


torch.manual_seed(33)
train_loader = DataLoader(words(2000, 1), batch_size=40, shuffle=True, collate_fn=collate)
val_loader = DataLoader(words(400, 2), batch_size=40, collate_fn=collate)
model = DialectRNN()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)

for epoch in range(1, 9):
    model.train()
    running = 0.0
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        running += loss.item()
    model.eval()
    val_loss, correct = 0.0, 0
    with torch.no_grad():
        for x, y in val_loader:
            logits = model(x)
            val_loss += criterion(logits, y).item()
            correct += (logits.argmax(1) == y).sum().item()
    print(f"epoch {epoch} | train loss {running / len(train_loader):.3f} | "
          f"val loss {val_loss / len(val_loader):.3f} | val acc {correct / 400:.3f}")
