import math

import torch
import torch.nn as nn
import torch.nn.functional as F

# Toy change ringing: a row of bell strokes. Each stroke is the last one plus a stride (mod 12); the stride itself
# is known only from the first two strokes, and now and then a ringer pulls a random bell.
BELLS, LEN = 12, 20


def peal(n, gen, slips=0.15):
    start = torch.randint(BELLS, (n, 1), generator=gen)
    stride = torch.randint(1, 6, (n, 1), generator=gen)
    rows = (start + stride * torch.arange(LEN)) % BELLS
    wrong = torch.rand(n, LEN, generator=gen) < slips
    wrong[:, :2] = False
    return torch.where(wrong, torch.randint(BELLS, (n, LEN), generator=gen), rows)


class Head(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.q = nn.Linear(width, width, bias=False)
        self.k = nn.Linear(width, width, bias=False)
        self.v = nn.Linear(width, width, bias=False)
        self.register_buffer("tril", torch.tril(torch.ones(LEN, LEN)))

    def forward(self, x):
        t = x.size(1)
        weight = self.q(x) @ self.k(x).transpose(1, 2) / math.sqrt(x.size(2))
        weight = weight.masked_fill(self.tril[:t, :t] == 0, 1e-9)
        return F.softmax(weight, dim=-1) @ self.v(x)


class Layer(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.heads = nn.ModuleList([Head(width) for _ in range(2)])
        self.mlp = nn.Sequential(nn.Linear(width, 3 * width), nn.GELU(), nn.Linear(3 * width, width))

    def forward(self, x):
        y = self.ln1(x)
        for head in self.heads:
            x = x + head(y)
        return x + self.mlp(self.ln2(x))


class BellLM(nn.Module):
    def __init__(self, width=40, depth=2):
        super().__init__()
        self.bell = nn.Embedding(BELLS, width)
        self.place = nn.Embedding(LEN, width)
        self.layers = nn.Sequential(*[Layer(width) for _ in range(depth)])
        self.out = nn.Linear(width, BELLS)

    def forward(self, rows):
        x = self.bell(rows) + self.place(torch.arange(rows.size(1)))
        return self.out(self.layers(x))


def ring_on(lm, heads, length=10):
    row = heads
    while row.size(1) < length:
        nxt = lm(row)[:, -1].argmax(1, keepdim=True)
        row = torch.cat([row, nxt], 1)
    return row


gen = torch.Generator().manual_seed(4)
torch.manual_seed(4)
lm = BellLM()
opt = torch.optim.AdamW(lm.parameters(), lr=4e-3, weight_decay=0.01)
for step in range(1, 201):
    rows = peal(64, gen)
    loss = F.cross_entropy(lm(rows[:, :-1]).flatten(0, 1), rows[:, 1:].flatten())
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(lm.parameters(), 1.0)
    opt.step()
    if step % 40 == 0:
        print(f"step {step} loss {loss.item():.3f}")

lm.eval()
with torch.no_grad():
    rows = peal(200, gen)
    held = F.cross_entropy(lm(rows[:, :-1]).flatten(0, 1), rows[:, 1:].flatten()).item()
    clean = peal(200, gen, slips=0.0)[:, :10]
    follow = (ring_on(lm, clean[:, :4]) == clean)[:, 4:].float().mean().item()
print(f"held-out loss {held:.3f} perplexity {math.exp(held):.2f} own continuations right {follow:.3f}")
