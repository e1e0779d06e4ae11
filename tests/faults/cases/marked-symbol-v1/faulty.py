import math

import torch
import torch.nn as nn
import torch.nn.functional as F

N_SYMBOLS, LENGTH = 8, 12


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads):
        super().__init__()
        self.n_heads = n_heads
        self.d_head = d_model // n_heads
        self.to_q = nn.Linear(d_model, d_model, bias=False)
        self.to_k = nn.Linear(d_model, d_model, bias=False)
        self.to_v = nn.Linear(d_model, d_model, bias=False)
        self.to_out = nn.Linear(d_model, d_model)

    def split_heads(self, t):
        # (batch, length, d_model) -> (heads * batch, length, d_head)
        return torch.cat(t.split(self.d_head, dim=2), dim=0)

    def forward(self, x):
        batch, length, d_model = x.shape
        q, k, v = (self.split_heads(p(x)) for p in (self.to_q, self.to_k, self.to_v))
        scores = q @ k.transpose(1, 2) / math.sqrt(self.d_head)
        out = scores.softmax(dim=-1) @ v
        out = out.reshape(batch, length, d_model)
        return self.to_out(out)


class Reader(nn.Module):
    def __init__(self, d_model=32, n_heads=4):
        super().__init__()
        self.symbol = nn.Embedding(N_SYMBOLS, d_model)
        self.mark = nn.Embedding(2, d_model)
        self.position = nn.Parameter(0.1 * torch.randn(LENGTH, d_model))
        self.norm = nn.LayerNorm(d_model)
        self.attention = MultiHeadAttention(d_model, n_heads)
        self.head = nn.Sequential(nn.LayerNorm(d_model), nn.Linear(d_model, N_SYMBOLS))

    def forward(self, symbols, marks):
        x = self.symbol(symbols) + self.mark(marks) + self.position
        x = x + self.attention(self.norm(x))
        return self.head(x[:, 0])


def sample(n, generator):
    symbols = torch.randint(N_SYMBOLS, (n, LENGTH), generator=generator)
    where = torch.randint(1, LENGTH, (n,), generator=generator)
    marks = F.one_hot(where, LENGTH)
    return symbols, marks, symbols[torch.arange(n), where]


def accuracy(model, data):
    model.eval()
    symbols, marks, target = data
    with torch.no_grad():
        return (model(symbols, marks).argmax(1) == target).float().mean().item()


torch.manual_seed(2)
gen = torch.Generator().manual_seed(2)
val = sample(1000, gen)
model = Reader()
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)

running = 0.0
for step in range(1, 1201):
    model.train()
    symbols, marks, target = sample(64, gen)
    loss = F.cross_entropy(model(symbols, marks), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    running += loss.item()
    if step % 200 == 0:
        print(f"step {step}  loss {running / 200:.4f}  val accuracy {accuracy(model, val):.3f}")
        running = 0.0
