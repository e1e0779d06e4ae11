# village names, one character at a time
import math
import random
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(1337)
random.seed(1337)

first = ["ober", "unter", "neu", "alt", "gross", "klein", "hinter", "vorder"]
middle = ["linden", "birken", "eichen", "wolfs", "muehl", "stein", "wald", "bach", "rosen", "hirsch"]
last = ["dorf", "hausen", "heim", "berg", "tal", "feld", "bruck", "kirchen"]
names = []
for _ in range(4000):
    name = random.choice(middle) + random.choice(last)
    if random.random() < 0.5:
        name = random.choice(first) + name
    names.append(name)
text = "\n".join(names)
chars = sorted(set(text))
stoi = {c: i for i, c in enumerate(chars)}
data = torch.tensor([stoi[c] for c in text])
n = int(0.9 * len(data))
train_data, val_data = data[:n], data[n:]

block_size, batch_size = 32, 24


def get_batch(split):
    source = train_data if split == "train" else val_data
    ix = torch.randint(len(source) - block_size - 1, (batch_size,))
    x = torch.stack([source[i:i + block_size] for i in ix])
    y = torch.stack([source[i + 1:i + block_size + 1] for i in ix])
    return x, y


class CharGRU(nn.Module):
    def __init__(self, vocab, width=64):
        super().__init__()
        self.emb = nn.Embedding(vocab, 24)
        self.gru = nn.GRU(24, width, batch_first=True)
        self.head = nn.Linear(width, vocab)

    def forward(self, idx, targets):
        h, _ = self.gru(self.emb(idx))
        logits = self.head(h)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten())


@torch.no_grad()
def estimate():
    model.eval()
    whole = val_data[: (len(val_data) - 1) // block_size * block_size + 1]
    x, y = whole[:-1].view(-1, block_size), whole[1:].view(-1, block_size)
    _, loss = model(x, y)
    model.train()
    return loss.item()


model = CharGRU(len(chars))
optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
for step in range(301):
    xb, yb = get_batch("train")
    _, loss = model(xb, yb)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    if step % 60 == 0:
        v = estimate()
        print(f"step {step}: batch {loss.item():.3f}, val {v:.3f}, val perplexity {math.exp(v):.2f}")
