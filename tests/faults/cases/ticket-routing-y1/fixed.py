import random

import torch
import torch.nn as nn

DESKS = {
    "billing": "invoice refund charge card payment price receipt tax".split(),
    "network": "router wifi cable signal outage slow modem ping".split(),
    "account": "password login email username locked reset profile code".split(),
    "hardware": "screen battery keyboard cracked fan noise charger hinge".split(),
}
FILLER = "please help my the is not since yesterday i have a problem with again today and thanks".split()


def write_ticket(rng, desk):
    words = rng.choices(DESKS[desk], k=rng.randint(2, 3)) + rng.choices(FILLER, k=rng.randint(4, 9))
    if rng.random() < 0.4:
        words.append(rng.choice(DESKS[rng.choice(list(DESKS))]))
    rng.shuffle(words)
    return " ".join(words)


def corpus(n, seed):
    rng = random.Random(seed)
    labels = [rng.randrange(4) for _ in range(n)]
    return [write_ticket(rng, list(DESKS)[k]) for k in labels], torch.tensor(labels)


def build_vocab(texts):
    vocab = {"<unk>": 0}
    for text in texts:
        for w in text.split():
            vocab.setdefault(w, len(vocab))
    return vocab


def encode(texts, vocab):
    ids, offsets = [], []
    for text in texts:
        offsets.append(len(ids))
        ids += [vocab.get(w, 0) for w in text.split()]
    return torch.tensor(ids), torch.tensor(offsets)


class Router(nn.Module):
    def __init__(self, n_words, dim=24):
        super().__init__()
        self.bag = nn.EmbeddingBag(n_words, dim, mode="mean")
        self.mlp = nn.Sequential(nn.Linear(dim, 32), nn.ReLU(), nn.Linear(32, 4))

    def forward(self, ids, offsets):
        return self.mlp(self.bag(ids, offsets))


torch.manual_seed(1)
train_texts, train_y = corpus(1200, seed=1)
val_texts, val_y = corpus(400, seed=2)
train_vocab = build_vocab(train_texts)
model = Router(len(train_vocab))
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
loss_fn = nn.CrossEntropyLoss()
val_ids = encode(val_texts, train_vocab)

for epoch in range(15):
    model.train()
    order = torch.randperm(len(train_texts)).tolist()
    running, hits = 0.0, 0
    for start in range(0, len(order), 40):
        chosen = order[start:start + 40]
        out = model(*encode([train_texts[i] for i in chosen], train_vocab))
        y = train_y[chosen]
        loss = loss_fn(out, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        running += loss.item() * len(chosen)
        hits += (out.argmax(1) == y).sum().item()
    model.eval()
    with torch.no_grad():
        out = model(*val_ids)
    print(f"epoch {epoch + 1:2d} | train loss {running / 1200:.3f} acc {hits / 1200:.3f} | "
          f"val loss {loss_fn(out, val_y):.3f} acc {(out.argmax(1) == val_y).float().mean():.3f}")
