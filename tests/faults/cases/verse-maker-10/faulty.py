import torch
import torch.nn as nn
from torch.nn import functional as F

batch_size = 16
block_size = 24
max_iters = 600
eval_interval = 100
learning_rate = 5e-3
n_embd = 48

torch.manual_seed(10)
SYLLABLES = ["ka", "to", "mi", "re", "lun", "sa", "vor", "ne", "dal", "shi"]


def compose(n_words, seed):
    """Two to three syllables a word; which may follow which is fixed."""
    g = torch.Generator().manual_seed(seed)
    follows = [(3 * i + 1) % 10 for i in range(10)], [(7 * i + 4) % 10 for i in range(10)]
    text, now = [], 0
    for _ in range(n_words):
        for _ in range(int(torch.randint(2, 4, (1,), generator=g))):
            now = follows[int(torch.rand(1, generator=g) < 0.3)][now]
            text.append(SYLLABLES[now])
        text.append(" ")
    return "".join(text)


text = compose(6000, 0)
chars = sorted(set(text))
stoi = {c: i for i, c in enumerate(chars)}
data = torch.tensor([stoi[c] for c in text])
n = int(0.9 * len(data))
train_data, val_data = data[:n], data[n:]


def get_batch(split):
    torch.manual_seed(1337)
    data = train_data if split == "train" else val_data
    ix = torch.randint(len(data) - block_size, (batch_size,))
    x = torch.stack([data[i:i + block_size] for i in ix])
    y = torch.stack([data[i + 1:i + block_size + 1] for i in ix])
    return x, y


class CharModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(len(chars), n_embd)
        self.gru = nn.GRU(n_embd, n_embd, batch_first=True)
        self.lm_head = nn.Linear(n_embd, len(chars))

    def forward(self, idx):
        h, _ = self.gru(self.embedding(idx))
        return self.lm_head(h)


@torch.no_grad()
def estimate_loss(model):
    model.eval()
    x = val_data[:2400].view(-1, block_size)
    y = val_data[1:2401].view(-1, block_size)
    loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
    model.train()
    return loss.item()


model = CharModel()
optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)
model.train()
for it in range(1, max_iters + 1):
    xb, yb = get_batch("train")
    loss = F.cross_entropy(model(xb).flatten(0, 1), yb.flatten())
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    if it % eval_interval == 0:
        print(f"step {it}: train loss {loss.item():.4f}, val loss {estimate_loss(model):.4f}")
