import random

import torch
import torch.nn as nn
from torch.nn import functional as F

torch.manual_seed(1337)
random.seed(1337)

verbs = ["chop", "boil", "fry", "peel", "roast", "mash"]
foods = ["two carrots", "the onions", "some rice", "a potato", "three eggs", "the beans"]
times = ["for ten minutes", "until soft", "over low heat", "in butter"]
text = "".join(f"{random.choice(verbs)} {random.choice(foods)} {random.choice(times)}.\n" for _ in range(1500))

chars = sorted(set(text))
stoi = {c: i for i, c in enumerate(chars)}
data = torch.tensor([stoi[c] for c in text])
cut = int(0.9 * len(data))
train_data, val_data = data[:cut], data[cut:]

block_size, batch_size, n_embd, max_iters = 32, 16, 48, 400


def get_batch(split):
    source = train_data if split == "train" else val_data
    ix = torch.randint(len(source) - block_size, (batch_size,))
    x = torch.stack([source[i:i + block_size] for i in ix])
    y = torch.stack([source[i + 1:i + block_size + 1] for i in ix])
    return x, y


class TinyGPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.tok = nn.Embedding(len(chars), n_embd)
        self.pos = nn.Embedding(block_size, n_embd)
        layer = nn.TransformerEncoderLayer(n_embd, 4, 4 * n_embd, dropout=0.0, batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(n_embd)
        self.head = nn.Linear(n_embd, len(chars))
        self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(block_size))

    def forward(self, idx, targets):
        x = self.tok(idx) + self.pos(torch.arange(idx.size(1)))
        logits = self.head(self.norm(self.blocks(x, mask=self.mask)))
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


@torch.no_grad()
def estimate_loss(split, rounds=12):
    model.eval()
    losses = [model(*get_batch(split)).item() for _ in range(rounds)]
    model.train()
    return sum(losses) / rounds


model = TinyGPT()
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)

for it in range(1, max_iters + 1):
    xb, yb = get_batch("train")
    loss = model(xb, yb)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    if it % 50 == 0:
        print(f"step {it}: train loss {estimate_loss('train'):.4f}, val loss {estimate_loss('val'):.4f}")
