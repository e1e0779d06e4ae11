# a very small character model, one file, after the well known lecture
import random
import torch
import torch.nn as nn
from torch.nn import functional as F

block_size = 24
batch_size = 16
max_iters = 300
eval_interval = 100
n_embd = 32
learning_rate = 3e-3

torch.manual_seed(1337)
random.seed(1337)

nouns = ["moon", "river", "stone", "crow", "window", "garden", "winter", "sailor"]
verbs = ["sleeps", "sings", "waits", "burns", "listens", "falls"]
places = ["under the hill", "by the sea", "in the snow", "above the town"]
text = ". ".join(f"the {random.choice(nouns)} {random.choice(verbs)} {random.choice(places)}" for _ in range(900))

chars = sorted(set(text))
stoi = {c: i for i, c in enumerate(chars)}
data = torch.tensor([stoi[c] for c in text], dtype=torch.long)
n = int(0.9 * len(data))
splits = {"train": data[:n], "val": data[n:]}


def get_batch(split):
    d = splits[split]
    ix = torch.randint(len(d) - block_size, (batch_size,))
    x = torch.stack([d[i:i + block_size] for i in ix])
    y = torch.stack([d[i + 1:i + block_size + 1] for i in ix])
    return x, y


class CharModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.tok = nn.Embedding(len(chars), n_embd)
        self.rnn = nn.GRU(n_embd, 64, batch_first=True)
        self.lm_head = nn.Linear(64, len(chars))

    def forward(self, idx, targets):
        h, _ = self.rnn(self.tok(idx))
        logits = self.lm_head(h)
        return F.cross_entropy(logits.view(-1, len(chars)), targets.view(-1))


@torch.no_grad()
def val_loss():
    model.eval()
    d = splits["val"]
    rows = (len(d) - 1) // block_size
    x = d[:rows * block_size].view(rows, block_size)
    y = d[1:rows * block_size + 1].view(rows, block_size)
    out = model(x, y).item()
    model.train()
    return out


model = CharModel()
optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)

for it in range(1, max_iters + 1):
    xb, yb = get_batch("train")
    loss = model(xb, yb)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    if it % eval_interval == 0:
        print(f"step {it}: train loss {loss.item():.4f}, val loss {val_loss():.4f}")
