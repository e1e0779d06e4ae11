import random

import torch
import torch.nn as nn
import torch.nn.functional as F

TAGS = ["other", "road", "place", "hazard", "time"]
WORDS = {
    "other": "the on at near a there is and of after before still please slow traffic both lanes in direction".split(),
    "road": "A1 A7 B42 E30 A99 B9 ring bypass".split(),
    "place": "Altdorf Kehl Moorbach Linden Tann bridge tunnel ring".split(),
    "hazard": "ice tree animal crash fog smoke flood bridge".split(),
    "time": "noon seven eight evening today midnight".split(),
}
PATTERNS = [
    "other hazard other road other place",
    "other hazard other other road other place other time",
    "road other place other hazard",
    "time other other road other other hazard",
    "place other road other other other hazard other other",
]
VOCAB = {w: i for i, w in enumerate(sorted({w for ws in WORDS.values() for w in ws}))}


def report(rng):
    tags = rng.choice(PATTERNS).split()
    for _ in range(rng.randint(0, 4)):
        tags.insert(rng.randint(0, len(tags)), "other")
    return [VOCAB[rng.choice(WORDS[t])] for t in tags], [TAGS.index(t) for t in tags]


def batches(reports, size, rng=None):
    order = list(range(len(reports)))
    if rng is not None:
        rng.shuffle(order)
    for i in range(0, len(order), size):
        rows = [reports[j] for j in order[i:i + size]]
        width = max(len(w) for w, _ in rows)
        words = torch.tensor([w + [0] * (width - len(w)) for w, _ in rows])
        tags = torch.tensor([t + [-100] * (width - len(t)) for _, t in rows])
        yield words, tags


class Tagger(nn.Module):
    def __init__(self, emb=24, hidden=24):
        super().__init__()
        self.embedding = nn.Embedding(len(VOCAB), emb)
        self.gru = nn.GRU(emb, hidden, batch_first=True, bidirectional=True)
        self.hidden2tag = nn.Linear(2 * hidden, len(TAGS))

    def forward(self, words):
        states, _ = self.gru(self.embedding(words))
        tag_scores = self.hidden2tag(states)
        return tag_scores


torch.manual_seed(23)
rng = random.Random(23)
train = [report(rng) for _ in range(1200)]
dev = [report(rng) for _ in range(300)]
model = Tagger()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)

for epoch in range(8):
    model.train()
    losses = []
    for words, tags in batches(train, 30, rng):
        model.zero_grad()
        tag_scores = model(words)
        loss = F.nll_loss(tag_scores.flatten(0, 1), tags.flatten(), ignore_index=-100)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    hits = n = 0
    with torch.no_grad():
        for words, tags in batches(dev, 100):
            real = tags >= 0
            hits += (model(words).argmax(2)[real] == tags[real]).sum().item()
            n += real.sum().item()
    print(f"epoch {epoch}: loss {sum(losses) / len(losses):.4f} dev accuracy {hits / n:.4f}")
