import math

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(5)
NOTES, LENGTH = 10, 24

# a tune continues from its last two notes in one of three ways
follow = torch.stack([torch.randperm(NOTES)[:3] for _ in range(NOTES * NOTES)]).view(NOTES, NOTES, 3)
chance = torch.tensor([0.6, 0.3, 0.1])


def tunes(n):
    t = torch.randint(0, NOTES, (n, 2))
    for _ in range(LENGTH - 1):
        way = torch.multinomial(chance, n, replacement=True)
        t = torch.cat([t, follow[t[:, -2], t[:, -1], way][:, None]], 1)
    return t


class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x):
        B, T, D = x.shape
        q, k, v = self.qkv(x).view(B, T, 3, self.heads, D // self.heads).permute(2, 0, 3, 1, 4)
        att = q @ k.transpose(-2, -1) / math.sqrt(D // self.heads)
        mask = torch.tril(torch.ones(T, T), diagonal=0)
        att = att.masked_fill(mask == 0, float("-inf")).softmax(-1)
        return self.proj((att @ v).transpose(1, 2).reshape(B, T, D))


class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.att = Attention(dim, heads)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))

    def forward(self, x):
        x = x + self.att(self.ln1(x))
        return x + self.mlp(self.ln2(x))


class TuneModel(nn.Module):
    def __init__(self, dim=64, heads=2, depth=1):
        super().__init__()
        self.note = nn.Embedding(NOTES, dim)
        self.place = nn.Embedding(LENGTH, dim)
        self.blocks = nn.ModuleList(Block(dim, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(dim)
        self.out = nn.Linear(dim, NOTES)

    def forward(self, t):
        x = self.note(t) + self.place(torch.arange(t.shape[1]))
        for block in self.blocks:
            x = block(x)
        return self.out(self.norm(x))


def lm_loss(model, t):
    return F.cross_entropy(model(t[:, :-1]).flatten(0, 1), t[:, 1:].flatten())


@torch.no_grad()
def compose(model, n):
    t = tunes(n)[:, :2]
    while t.shape[1] < LENGTH:
        p = model(t)[:, -1].softmax(-1)
        t = torch.cat([t, torch.multinomial(p, 1)], 1)
    allowed = follow[t[:, :-2], t[:, 1:-1]]
    return (allowed == t[:, 2:, None]).any(-1).float().mean().item()


train, val = tunes(5000), tunes(300)
model = TuneModel()
opt = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.01)
for epoch in range(4):
    model.train()
    for batch in train[torch.randperm(len(train))].split(64):
        loss = lm_loss(model, batch)
        opt.zero_grad(set_to_none=True)
        loss.backward()
        opt.step()
    model.eval()
    with torch.no_grad():
        v = lm_loss(model, val).item()
    print(f"epoch {epoch + 1}: train {loss.item():.3f} val {v:.3f} allowed steps in new tunes {compose(model, 200):.3f}")
