import random

import torch
import torch.nn as nn
import torch.nn.functional as F

# ---- the text: a ship's log, written by a little grammar
writer = random.Random(3)
places = ["off Dover", "near Calais", "in the Solent", "by the Needles", "at anchor"]
winds = ["light", "fresh", "strong"]
dirs = ["north", "south", "east", "west"]
sights = ["saw two whales", "mended the sail", "all is well", "took on water", "passed a brig"]
lines = []
for day in range(1400):
    lines.append(f"{writer.choice(places)}, wind {writer.choice(winds)} {writer.choice(dirs)}; {writer.choice(sights)}.\n")
text = "".join(lines)

chars = sorted(set(text))
stoi = {ch: i for i, ch in enumerate(chars)}
data = torch.tensor([stoi[c] for c in text])
n = int(0.9 * len(data))
train_data, val_data = data[:n], data[n:]

# ---- batches
block_size, batch_size = 48, 32
rng = torch.Generator().manual_seed(1337)


def get_batch(source):
    ix = torch.randint(len(source) - block_size - 1, (batch_size,), generator=rng)
    x = torch.stack([source[i:i + block_size] for i in ix])
    y = torch.stack([source[i + 1:i + block_size + 1] for i in ix])
    return x, y


# ---- the model
class CharGRU(nn.Module):
    def __init__(self, vocab, n_embd=24, n_hidden=64):
        super().__init__()
        self.embed = nn.Embedding(vocab, n_embd)
        self.rnn = nn.GRU(n_embd, n_hidden, batch_first=True)
        self.lm_head = nn.Linear(n_hidden, vocab)

    def forward(self, idx, targets):
        out, _ = self.rnn(self.embed(idx))
        logits = self.lm_head(out)
        return F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1))


torch.manual_seed(1337)
model = CharGRU(len(chars))
optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3)


@torch.no_grad()
def estimate_loss():
    model.eval()
    m = (len(val_data) - 1) // block_size * block_size
    loss = model(val_data[:m].view(-1, block_size), val_data[1:m + 1].view(-1, block_size))
    model.train()
    return loss.item()


for step in range(1, 501):
    x, y = get_batch(train_data)
    loss = model(x, y)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    if step % 100 == 0:
        print(f"step {step}: train loss {loss.item():.4f}, val loss {estimate_loss():.4f}")
