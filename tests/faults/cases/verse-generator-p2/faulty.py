import random

import torch
import torch.nn as nn
from torch.nn import functional as F

# hyperparameters
batch_size = 24
block_size = 48
max_iters = 400
eval_interval = 100
learning_rate = 3e-3
n_embd = 48
n_head = 3
n_layer = 2

torch.manual_seed(1337)
random.seed(1337)

who = ["the king", "my lady", "a poor fool", "the old friar", "thy brother", "this fair maid"]
does = ["doth love", "shall betray", "hath forsworn", "would follow", "must bury"]
what = ["the crown", "her sorrow", "no living man", "these idle words", "a winter's tale", "the morning sun"]
text = "".join(
    f"{random.choice(who)} {random.choice(does)} {random.choice(what)}{random.choice(',.;')}\n" for _ in range(3000)
)

chars = sorted(set(text))
stoi = {c: i for i, c in enumerate(chars)}
data = torch.tensor([stoi[c] for c in text])
n = int(0.9 * len(data))
train_data, val_data = data[:n], data[n:]


def get_batch():
    g = torch.Generator().manual_seed(1337)
    ix = torch.randint(len(train_data) - block_size, (batch_size,), generator=g)
    x = torch.stack([train_data[i : i + block_size] for i in ix])
    y = torch.stack([train_data[i + 1 : i + block_size + 1] for i in ix])
    return x, y


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(n_embd), nn.LayerNorm(n_embd)
        self.attn = nn.MultiheadAttention(n_embd, n_head, batch_first=True)
        self.ffwd = nn.Sequential(nn.Linear(n_embd, 4 * n_embd), nn.ReLU(), nn.Linear(4 * n_embd, n_embd))
        self.register_buffer("mask", torch.triu(torch.ones(block_size, block_size, dtype=torch.bool), diagonal=1))

    def forward(self, x):
        T = x.shape[1]
        h = self.ln1(x)
        x = x + self.attn(h, h, h, attn_mask=self.mask[:T, :T], need_weights=False)[0]
        return x + self.ffwd(self.ln2(x))


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.tok = nn.Embedding(len(chars), n_embd)
        self.pos = nn.Embedding(block_size, n_embd)
        self.blocks = nn.Sequential(*[Block() for _ in range(n_layer)])
        self.ln_f = nn.LayerNorm(n_embd)
        self.lm_head = nn.Linear(n_embd, len(chars))

    def forward(self, idx):
        x = self.tok(idx) + self.pos(torch.arange(idx.shape[1]))
        return self.lm_head(self.ln_f(self.blocks(x)))


@torch.no_grad()
def evaluate(model):
    model.eval()
    m = (len(val_data) - 1) // block_size
    x = val_data[: m * block_size].view(m, block_size)
    y = val_data[1 : m * block_size + 1].view(m, block_size)
    loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten()).item()
    model.train()
    return loss


model = GPT()
optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)
for it in range(1, max_iters + 1):
    xb, yb = get_batch()
    logits = model(xb)
    loss = F.cross_entropy(logits.view(-1, len(chars)), yb.view(-1))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    if it % eval_interval == 0:
        print(f"step {it}: train loss {loss.item():.4f}, val loss {evaluate(model):.4f}")
