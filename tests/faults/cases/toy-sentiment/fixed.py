import random

import torch
from torch import nn, optim

random.seed(11)
torch.manual_seed(11)

GOOD = "wonderful great moving brilliant fun charming warm clever".split()
BAD = "dull awful boring clumsy weak tired flat silly".split()
FILL = "the film was a story with an actor and scene that we saw in the end plot music very quite it".split()
vocab = {w: i for i, w in enumerate(GOOD + BAD + FILL + ["not"])}


def review():
    words = random.choices(FILL, k=random.randint(8, 16))
    score = 0
    for _ in range(random.randint(1, 4)):
        good = random.random() < 0.5
        words.insert(random.randrange(len(words)), random.choice(GOOD if good else BAD))
        score += 1 if good else -1
    return words, score


def corpus(n):
    out = []
    while len(out) < n:
        words, score = review()
        if score != 0:
            out.append((torch.tensor([vocab[w] for w in words]), float(score > 0)))
    return out


def collate(items):
    ids = torch.cat([w for w, _ in items])
    lengths = torch.tensor([0] + [len(w) for w, _ in items[:-1]])
    return ids, lengths.cumsum(0), torch.tensor([s for _, s in items])


class Sentiment(nn.Module):
    def __init__(self, n_words, dim=24):
        super().__init__()
        self.bag = nn.EmbeddingBag(n_words, dim, mode="mean")
        self.mlp = nn.Sequential(nn.Linear(dim, 24), nn.ReLU(), nn.Linear(24, 1))

    def forward(self, ids, offsets):
        return self.mlp(self.bag(ids, offsets)).squeeze(1)


train, test = corpus(2000), corpus(500)
model = Sentiment(len(vocab))
criterion = nn.BCEWithLogitsLoss()
optimizer = optim.AdamW(model.parameters(), lr=5e-3)

for epoch in range(8):
    random.shuffle(train)
    model.train()
    losses = []
    for i in range(0, len(train), 25):
        ids, offsets, target = collate(train[i:i + 25])
        optimizer.zero_grad()
        loss = criterion(model(ids, offsets), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        ids, offsets, target = collate(test)
        acc = ((model(ids, offsets) > 0) == (target > 0.5)).float().mean().item()
    print(f"epoch {epoch + 1} - loss {sum(losses) / len(losses):.4f} - test acc {acc:.3f}")
