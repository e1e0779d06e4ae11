import random

import torch
import torch.nn as nn
from torch.nn import functional as F

# hyperparameters
batch_size = 8
block_size = 20
max_iters = 900
eval_interval = 10
learning_rate = 3e-3
n_embd, n_hidden = 24, 96

random.seed(1337)
torch.manual_seed(1337)


def cry():
    goods = ["pears", "leeks", "herring", "honey", "walnuts", "candles", "ribbons", "mussels", "chestnuts", "kettles"]
    praise = ["fresh", "ripe", "sweet", "cheap", "fine", "golden", "splendid", "tender", "honest"]
    places = ["from the hill", "off the boat", "out of the oven", "from my garden", "of this morning"]
    prices = ["two for a penny", "six for a shilling", "a crown the dozen", "half the price", "nearly for nothing"]
    end = random.choice(["!", "!", ",", "."])
    return f"{random.choice(praise)} {random.choice(goods)} {random.choice(places)}, {random.choice(prices)}{end}\n"


text = "".join(cry() for _ in range(1500))
chars = sorted(set(text))
stoi = {ch: i for i, ch in enumerate(chars)}
data = torch.tensor([stoi[c] for c in text])
n = int(0.9 * len(data))
train_data, val_data = data[:n], data[n:]


def get_batch(split):
    source = train_data if split == "train" else val_data
    ix = torch.randint(len(source) - block_size, (batch_size,))
    x = torch.stack([source[i : i + block_size] for i in ix])
    y = torch.stack([source[i + 1 : i + block_size + 1] for i in ix])
    return x, y


class CharGRU(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(len(chars), n_embd)
        self.rnn = nn.GRU(n_embd, n_hidden, batch_first=True)
        self.head = nn.Linear(n_hidden, len(chars))

    def forward(self, idx, targets):
        logits = self.head(self.rnn(self.emb(idx))[0])
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


@torch.no_grad()
def estimate_loss(eval_iters=8):
    torch.manual_seed(2024)
    model.eval()
    out = {}
    for split in ("train", "val"):
        out[split] = torch.stack([model(*get_batch(split)) for _ in range(eval_iters)]).mean().item()
    model.train()
    return out


model = CharGRU()
optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)
for it in range(1, max_iters + 1):
    xb, yb = get_batch("train")
    loss = model(xb, yb)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    if it % eval_interval == 0:
        losses = estimate_loss()
        if it % 100 == 0:
            print(f"step {it}: batch loss {loss.item():.3f}, train loss {losses['train']:.3f}, val loss {losses['val']:.3f}")
