import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(10)

# rhythm lines of 25 symbols 0..9
T, V = 24, 10
rule = torch.stack([torch.randperm(V) for _ in range(V)])


def lines(n):
    """Each symbol depends on the two before it, but in three of ten cases it is a free choice."""
    s = torch.randint(0, V, (n, T + 1))
    for t in range(2, T + 1):
        regular = torch.rand(n) < 0.7
        s[:, t] = torch.where(regular, rule[s[:, t - 1], s[:, t - 2]], s[:, t])
    return s


class Block(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(d, 3 * d, bias=False)
        self.proj = nn.Linear(d, d)
        self.ff = nn.Sequential(nn.Linear(d, 3 * d), nn.GELU(), nn.Linear(3 * d, d))
        self.n1, self.n2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.register_buffer("allowed", torch.tril(torch.ones(T, T), diagonal=0).bool())

    def forward(self, x):
        B, L, D = x.shape
        q, k, v = (z.view(B, L, self.heads, -1).transpose(1, 2) for z in self.qkv(self.n1(x)).chunk(3, dim=-1))
        score = q @ k.transpose(-2, -1) / (D // self.heads) ** 0.5
        score = score.masked_fill(~self.allowed[:L, :L], float("-inf"))
        x = x + self.proj((score.softmax(-1) @ v).transpose(1, 2).reshape(B, L, D))
        return x + self.ff(self.n2(x))


class RhythmModel(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.sym = nn.Embedding(V, d)
        self.pos = nn.Embedding(T, d)
        self.blocks = nn.Sequential(Block(d, 2), Block(d, 2))
        self.head = nn.Linear(d, V)

    def forward(self, s):
        return self.head(self.blocks(self.sym(s) + self.pos.weight[: s.size(1)]))


@torch.no_grad()
def continue_line(model, start, steps):
    s = start
    for _ in range(steps):
        s = torch.cat([s, model(s)[:, -1].argmax(-1, keepdim=True)], dim=1)
    return s


train, val = lines(3000), lines(300)
model = RhythmModel()
opt = torch.optim.AdamW(model.parameters(), lr=3e-3)
for step in range(1, 401):
    s = train[torch.randint(0, len(train), (40,))]
    loss = F.cross_entropy(model(s[:, :-1]).transpose(1, 2), s[:, 1:])
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 80 == 0:
        with torch.no_grad():
            v = F.cross_entropy(model(val[:, :-1]).transpose(1, 2), val[:, 1:]).item()
        print(f"step {step} train {loss.item():.3f} val {v:.3f}")
made = continue_line(model, val[:, :6], 14)
obeyed = (made[:, 6:] == rule[made[:, 5:-1], made[:, 4:-2]]).float().mean().item()
print(f"val loss {v:.3f}, generated symbols that follow the rule {obeyed:.3f}")
