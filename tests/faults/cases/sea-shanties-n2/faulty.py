import random

import torch
import torch.nn as nn
from torch.nn import functional as F

# hyperparameters
batch_size = 32
block_size = 32
max_iters = 400
eval_interval = 100
learning_rate = 5e-3
n_embd = 24
n_hidden = 80
# ------------

random.seed(1337)
torch.manual_seed(1337)

who = ["the captain", "the bosun", "our old cook", "the cabin boy", "the mate", "a sailor"]
did = ["hauled", "lowered", "mended", "painted", "dropped", "carried", "cursed"]
what = ["the anchor", "the mainsail", "a barrel of rum", "the longboat", "the rigging", "a coil of rope"]
when = ["in the morning", "by the light of the moon", "off the cape", "all day long", "in the storm"]
cry = ["heave away", "haul away", "way hey", "blow the man down"]
lines = []
for _ in range(900):
    line = f"{random.choice(who)} {random.choice(did)} {random.choice(what)} {random.choice(when)}"
    lines.append(line + (f", {random.choice(cry)}!" if random.random() < 0.4 else "."))
text = "\n".join(lines)

chars = sorted(set(text))
stoi = {c: i for i, c in enumerate(chars)}
data = torch.tensor([stoi[c] for c in text])
n = int(0.9 * len(data))
train_data, val_data = data[:n], data[n:]


def get_batch(split):
    torch.manual_seed(1337)
    source = train_data if split == "train" else val_data
    ix = torch.randint(len(source) - block_size, (batch_size,))
    x = torch.stack([source[i:i + block_size] for i in ix])
    y = torch.stack([source[i + 1:i + block_size + 1] for i in ix])
    return x, y


class ShantyWriter(nn.Module):
    def __init__(self, vocab_size):
        super().__init__()
        self.embed = nn.Embedding(vocab_size, n_embd)
        self.gru = nn.GRU(n_embd, n_hidden, batch_first=True)
        self.head = nn.Linear(n_hidden, vocab_size)

    def forward(self, idx, targets):
        h, _ = self.gru(self.embed(idx))
        logits = self.head(h)
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


@torch.no_grad()
def estimate_loss():
    model.eval()
    windows = val_data[: (len(val_data) - 1) // block_size * block_size].view(-1, block_size)
    following = val_data[1: windows.numel() + 1].view(-1, block_size)
    loss = model(windows, following).item()
    model.train()
    return loss


model = ShantyWriter(len(chars))
optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)

for step in range(1, max_iters + 1):
    xb, yb = get_batch("train")
    loss = model(xb, yb)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    if step % eval_interval == 0:
        print(f"step {step}: train loss {loss.item():.4f}, val loss {estimate_loss():.4f}")
