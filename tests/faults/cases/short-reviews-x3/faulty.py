import random
from collections import Counter

import torch
import torch.nn as nn

good = "great lovely superb tasty friendly quick cosy fresh charming perfect generous warm".split()
bad = "awful stale rude slow dirty cold bland noisy greasy cracked dull sour".split()
filler = "the a was and with we it food place staff table evening very really our at had menu".split()


def write_review(rng):
    stars = rng.random() < 0.5
    main, other = (good, bad) if stars else (bad, good)
    words = rng.choices(filler, k=rng.randint(6, 12)) + rng.choices(main, k=rng.randint(3, 5))
    if rng.random() < 0.5:
        words.append(rng.choice(other))
    rng.shuffle(words)
    return " ".join(words), int(stars)


def reviews(n, seed):
    rng = random.Random(seed)
    pairs = [write_review(rng) for _ in range(n)]
    return [p[0] for p in pairs], torch.tensor([p[1] for p in pairs])


def vectorise(texts, max_words=100, length=20):
    counts = Counter(w for t in texts for w in t.split())
    index = {w: i + 2 for i, (w, _) in enumerate(counts.most_common(max_words))}
    ids = torch.zeros(len(texts), length, dtype=torch.long)
    for row, t in enumerate(texts):
        for col, w in enumerate(t.split()[:length]):
            ids[row, col] = index.get(w, 1)
    return ids, index


class Sentiment(nn.Module):
    def __init__(self, n_words, dim=24):
        super().__init__()
        self.emb = nn.Embedding(n_words, dim, padding_idx=0)
        self.hidden = nn.Linear(dim, 32)
        self.out = nn.Linear(32, 2)

    def forward(self, ids):
        mask = (ids != 0).unsqueeze(-1).float()
        mean = (self.emb(ids) * mask).sum(1) / mask.sum(1)
        return self.out(torch.relu(self.hidden(mean)))


torch.manual_seed(4)
train_texts, train_y = reviews(1500, 10)
valid_texts, valid_y = reviews(500, 11)
train_ids, index = vectorise(train_texts)
valid_ids, _ = vectorise(valid_texts)

model = Sentiment(len(index) + 2)
loss_fn = nn.CrossEntropyLoss()
opt = torch.optim.Adam(model.parameters(), lr=3e-3)

for epoch in range(8):
    model.train()
    running = 0.0
    for batch in torch.randperm(len(train_ids)).split(50):
        opt.zero_grad()
        loss = loss_fn(model(train_ids[batch]), train_y[batch])
        loss.backward()
        opt.step()
        running += loss.item() * len(batch) / len(train_ids)
    model.eval()
    with torch.no_grad():
        logits = model(valid_ids)
        vloss = loss_fn(logits, valid_y).item()
        vacc = (logits.argmax(1) == valid_y).float().mean().item()
    print(f"{epoch + 1}: loss {running:.4f}, valid loss {vloss:.4f}, valid accuracy {vacc:.3f}")
