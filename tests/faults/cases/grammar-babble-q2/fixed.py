import random

import torch
import torch.nn as nn
from torch.nn import functional as F

# hyperparameters
batch_size = 32
block_size = 24
max_iters = 600
eval_interval = 100
eval_iters = 10
learning_rate = 3e-3
n_embd = 48

torch.manual_seed(1337)
random.seed(1337)

who = ["the cat", "my aunt", "a tall man", "the old dog", "our baker"]
does = ["sees", "likes", "follows", "paints", "forgets"]
what = ["a red house", "the moon", "some bread", "two birds", "the river"]
text = " ".join(f"{random.choice(who)} {random.choice(does)} {random.choice(what)}." for _ in range(3000))

chars = sorted(set(text))
stoi = {c: i for i, c in enumerate(chars)}
data = torch.tensor([stoi[c] for c in text], dtype=torch.long)
n = int(0.9 * len(data))
train_data, val_data = data[:n], data[n:]


def get_batch(split):
    d = train_data if split == "train" else val_data
    ix = torch.randint(len(d) - block_size, (batch_size,))
    x = torch.stack([d[i:i + block_size] for i in ix])
    y = torch.stack([d[i + 1:i + block_size + 1] for i in ix])
    return x, y


class LanguageModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.tok = nn.Embedding(len(chars), n_embd)
        self.pos = nn.Embedding(block_size, n_embd)
        self.block = nn.TransformerEncoderLayer(n_embd, 4, 4 * n_embd, dropout=0.0, batch_first=True, norm_first=True)
        self.ln = nn.LayerNorm(n_embd)
        self.head = nn.Linear(n_embd, len(chars))

    def forward(self, idx):
        T = idx.shape[1]
        x = self.tok(idx) + self.pos(torch.arange(T))
        mask = nn.Transformer.generate_square_subsequent_mask(T)
        return self.head(self.ln(self.block(x, src_mask=mask, is_causal=True)))


@torch.no_grad()
def estimate_loss(model):
    model.eval()
    out = {}
    for split in ("train", "val"):
        losses = []
        for _ in range(eval_iters):
            xb, yb = get_batch(split)
            losses.append(F.cross_entropy(model(xb).flatten(0, 1), yb.flatten()).item())
        out[split] = sum(losses) / len(losses)
    model.train()
    return out


model = LanguageModel()
optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)

for step in range(1, max_iters + 1):
    xb, yb = get_batch("train")
    logits = model(xb)
    loss = F.cross_entropy(logits.flatten(0, 1), yb.flatten())
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    if step % eval_interval == 0:
        est = estimate_loss(model)
        print(f"step {step}: train loss {est['train']:.4f}, val loss {est['val']:.4f}")
