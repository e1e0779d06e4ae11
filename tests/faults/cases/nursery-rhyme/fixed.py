import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(6)
verses = [
    "one two buckle my shoe ", "three four knock at the door ", "five six pick up sticks ",
    "seven eight lay them straight ", "nine ten a big fat hen ", "eleven twelve dig and delve ",
]
order = torch.randint(0, len(verses), (500,)).tolist()
text = "".join(verses[i] for i in order)
chars = sorted(set(text))
ids = torch.tensor([chars.index(c) for c in text])
cut = int(0.9 * len(ids))
train_ids, val_ids = ids[:cut], ids[cut:]
CONTEXT = 32


def get_batch(source, n):
    start = torch.randint(0, len(source) - CONTEXT - 1, (n,))
    chunk = torch.stack([source[s:s + CONTEXT + 1] for s in start.tolist()])
    return chunk[:, :-1], chunk[:, 1:]


class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))

    def forward(self, x):
        length = x.size(1)
        mask = torch.triu(torch.ones(length, length, dtype=torch.bool), diagonal=1)
        h = self.norm1(x)
        x = x + self.attention(h, h, h, attn_mask=mask, need_weights=False)[0]
        return x + self.mlp(self.norm2(x))


class Rhymer(nn.Module):
    def __init__(self, dim=40):
        super().__init__()
        self.token = nn.Embedding(len(chars), dim)
        self.position = nn.Embedding(CONTEXT, dim)
        self.blocks = nn.Sequential(Block(dim, 4), Block(dim, 4))
        self.head = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, len(chars)))

    def forward(self, x):
        return self.head(self.blocks(self.token(x) + self.position(torch.arange(x.size(1)))))


@torch.no_grad()
def write(model, start, n=60):
    model.eval()
    out = start.tolist()
    for _ in range(n):
        logits = model(torch.tensor([out[-CONTEXT:]]))
        out.append(int(logits[0, -1].argmax()))
    return "".join(chars[i] for i in out[len(start):])


model = Rhymer()
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
for step in range(1, 501):
    model.train()
    x, y = get_batch(train_ids, 32)
    loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 100 == 0:
        model.eval()
        with torch.no_grad():
            x, y = get_batch(val_ids, 128)
            val = F.cross_entropy(model(x).flatten(0, 1), y.flatten()).item()
        known = {word for verse in verses for word in verse.split()}
        words = write(model, val_ids[:CONTEXT]).split()[1:-1]
        right = sum(w in known for w in words) / max(1, len(words))
        print(f"step {step} loss {loss.item():.3f} val loss {val:.3f} real words written {right:.2f}")
