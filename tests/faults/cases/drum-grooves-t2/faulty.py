import math

import torch
import torch.nn as nn
import torch.nn.functional as F

VOCAB, T, D, HEADS, LAYERS = 10, 32, 48, 4, 2


def grooves(n, generator):
    """Each hit depends on the last two, with a fifth of them improvised."""
    table = torch.randint(0, VOCAB, (VOCAB, VOCAB), generator=torch.Generator().manual_seed(99))
    seq = torch.randint(0, VOCAB, (n, T + 1), generator=generator)
    played = torch.rand(n, T + 1, generator=generator) < 0.8
    for t in range(2, T + 1):
        seq[:, t] = torch.where(played[:, t], table[seq[:, t - 2], seq[:, t - 1]], seq[:, t])
    return seq


class SelfAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(D, 3 * D)
        self.proj = nn.Linear(D, D)

    def forward(self, x):
        b, t, _ = x.shape
        q, k, v = (part.view(b, t, HEADS, D // HEADS).transpose(1, 2) for part in self.qkv(x).split(D, dim=2))
        y = F.scaled_dot_product_attention(q, k, v)
        return self.proj(y.transpose(1, 2).reshape(b, t, D))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(D), nn.LayerNorm(D)
        self.attn = SelfAttention()
        self.mlp = nn.Sequential(nn.Linear(D, 4 * D), nn.GELU(), nn.Linear(4 * D, D))

    def forward(self, x):
        x = x + self.attn(self.ln1(x))
        return x + self.mlp(self.ln2(x))


class GrooveGPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.tok = nn.Embedding(VOCAB, D)
        self.pos = nn.Embedding(T, D)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.ln = nn.LayerNorm(D)
        self.head = nn.Linear(D, VOCAB)

    def forward(self, idx):
        x = self.tok(idx) + self.pos(torch.arange(idx.shape[1]))
        for block in self.blocks:
            x = block(x)
        return self.head(self.ln(x))


torch.manual_seed(12)
gen = torch.Generator().manual_seed(12)
train, val = grooves(3000, gen), grooves(300, gen)
model = GrooveGPT()
opt = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01)

for epoch in range(1, 9):
    model.train()
    for idx in torch.randperm(len(train)).split(50):
        batch = train[idx]
        logits = model(batch[:, :-1])
        loss = F.cross_entropy(logits.reshape(-1, VOCAB), batch[:, 1:].reshape(-1))
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
    model.eval()
    with torch.no_grad():
        val_loss = F.cross_entropy(model(val[:, :-1]).reshape(-1, VOCAB), val[:, 1:].reshape(-1)).item()
        # jamming: continue what was played so far, one hit at a time
        jam = (model(val[:, :T])[:, -1].argmax(1) == val[:, T]).float().mean().item()
    print(f"epoch {epoch}: val perplexity {math.exp(val_loss):.3f}, next hit right while jamming {jam:.3f} (best possible 0.82)")
