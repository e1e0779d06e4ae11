import random

import torch
import torch.nn as nn
import torch.nn.functional as F

WHO = ["hey ", "ho ", "all ", "we "]
DOES = ["row ", "pull ", "sing ", "march "]
WHAT = ["along.", "the boat.", "the rope.", "home."]
CHARS = sorted(set("".join(WHO + DOES + WHAT)))
CODE = {c: i for i, c in enumerate(CHARS)}
BLOCK = 48


def chant(lines, rng):
    return "".join(rng.choice(WHO) + rng.choice(DOES) + rng.choice(WHAT) for _ in range(lines))


class ChantFormer(nn.Module):
    def __init__(self, dim=48, heads=4, layers=2):
        super().__init__()
        self.tok = nn.Embedding(len(CHARS), dim)
        self.pos = nn.Embedding(BLOCK, dim)
        layer = nn.TransformerEncoderLayer(dim, heads, 96, dropout=0.0, batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(dim)
        self.out = nn.Linear(dim, len(CHARS))

    def forward(self, ids):
        t = ids.size(1)
        h = self.tok(ids) + self.pos(torch.arange(t))
        h = self.blocks(h)
        return self.out(self.norm(h))


def batch(data, n, gen):
    starts = torch.randint(0, len(data) - BLOCK - 1, (n,), generator=gen)
    x = torch.stack([data[s:s + BLOCK] for s in starts])
    y = torch.stack([data[s + 1:s + BLOCK + 1] for s in starts])
    return x, y


@torch.no_grad()
def write(model, prompt, n, gen):
    model.eval()
    ids = torch.tensor([[CODE[c] for c in prompt]])
    for _ in range(n):
        p = model(ids[:, -BLOCK:])[:, -1].softmax(-1)
        ids = torch.cat([ids, torch.multinomial(p, 1, generator=gen)], dim=1)
    return "".join(CHARS[i] for i in ids[0].tolist())


torch.manual_seed(5)
rng, gen = random.Random(5), torch.Generator().manual_seed(5)
train_data = torch.tensor([CODE[c] for c in chant(1500, rng)])
val_data = torch.tensor([CODE[c] for c in chant(200, rng)])
model = ChantFormer()
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)

for step in range(1, 401):
    model.train()
    x, y = batch(train_data, 24, gen)
    loss = F.cross_entropy(model(x).transpose(1, 2), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 100 == 0:
        model.eval()
        with torch.no_grad():
            x, y = batch(val_data, 200, gen)
            val = F.cross_entropy(model(x).transpose(1, 2), y).item()
        print(f"step {step}: train loss {loss.item():.3f}, val loss {val:.3f}")
text = write(model, "hey row along.", 300, gen)
lines = text.split(".")[1:-1]
good = sum(any(line + "." == a + b + c for a in WHO for b in DOES for c in WHAT) for line in lines)
print(f"wrote {text[14:60]!r}")
print(f"val loss {val:.3f}, {good} of {len(lines)} written lines follow the grammar")
