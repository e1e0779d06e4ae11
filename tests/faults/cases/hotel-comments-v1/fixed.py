import random
from collections import Counter

import torch
from torch import nn

GOOD = "lovely spotless friendly quiet superb cosy helpful tasty bright comfy charming generous".split()
BAD = "dirty noisy rude cold cracked stained tiny smelly overpriced slow damp dull".split()
REST = (
    "the room was a bit and we stayed two nights breakfast staff bed view pool lobby street towels "
    "reception arrived late in with our family near station again price window shower very really"
).split()


def write_comments(n, seed):
    rng = random.Random(seed)
    texts, labels = [], []
    for _ in range(n):
        label = rng.randint(0, 1)
        words = rng.choices(REST, k=rng.randint(8, 16))
        words += rng.choices(GOOD if label else BAD, k=3) + rng.choices(BAD if label else GOOD, k=1)
        rng.shuffle(words)
        texts.append(" ".join(words))
        labels.append(label)
    return texts, torch.tensor(labels)


class Tokenizer:
    """Numbers words by frequency, like keras.preprocessing.text.Tokenizer did."""

    def __init__(self, num_words=200, maxlen=20):
        self.num_words, self.maxlen = num_words, maxlen

    def fit(self, texts):
        counts = Counter(w for t in texts for w in t.split())
        self.index = {w: i + 2 for i, (w, _) in enumerate(counts.most_common(self.num_words))}
        return self

    def transform(self, texts):
        rows = [[self.index.get(w, 1) for w in t.split()][: self.maxlen] for t in texts]
        return torch.tensor([r + [0] * (self.maxlen - len(r)) for r in rows])

    def fit_transform(self, texts):
        return self.fit(texts).transform(texts)


class Sentiment(nn.Module):
    def __init__(self, vocab, dim=24):
        super().__init__()
        self.embed = nn.EmbeddingBag(vocab, dim, mode="mean", padding_idx=0)
        self.fc = nn.Sequential(nn.Linear(dim, 16), nn.ReLU(), nn.Linear(16, 2))

    def forward(self, ids):
        return self.fc(self.embed(ids))


torch.manual_seed(21)
train_texts, train_y = write_comments(2400, seed=0)
val_texts, val_y = write_comments(600, seed=1)

tok = Tokenizer()
train_x = tok.fit_transform(train_texts)
val_x = tok.transform(val_texts)

model = Sentiment(tok.num_words + 2)
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
loss_fn = nn.CrossEntropyLoss()

for epoch in range(10):
    model.train()
    perm = torch.randperm(len(train_x))
    epoch_loss = 0.0
    for idx in perm.split(40):
        loss = loss_fn(model(train_x[idx]), train_y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item() * len(idx)
    model.eval()
    with torch.no_grad():
        out = model(val_x)
        val_loss = loss_fn(out, val_y).item()
        val_acc = (out.argmax(1) == val_y).float().mean().item()
    print(f"Epoch {epoch + 1}/10 - loss: {epoch_loss / len(train_x):.4f} - val_loss: {val_loss:.4f} - val_accuracy: {val_acc:.4f}")
