import torch
import torch.nn as nn
import torch.nn.functional as F

batch_size, block_size = 24, 32
torch.manual_seed(1337)

# a corpus of made-up villages
heads = ["ash", "brook", "cold", "dun", "elm", "fern", "glen", "holt", "iron", "kirk"]
tails = ["by", "den", "field", "ford", "ham", "ley", "mere", "stead", "ton", "wick"]
picks = torch.randint(10, (3000, 2))
text = "\n".join(heads[a] + tails[b] for a, b in picks.tolist())
chars = sorted(set(text))
stoi = {c: i for i, c in enumerate(chars)}
data = torch.tensor([stoi[c] for c in text])
cut = int(0.9 * len(data))
splits = {"train": data[:cut], "val": data[cut:]}


def get_batch(split):
    torch.manual_seed(1337)
    d = splits[split]
    ix = torch.randint(len(d) - block_size - 1, (batch_size,))
    x = torch.stack([d[i:i + block_size] for i in ix])
    y = torch.stack([d[i + 1:i + block_size + 1] for i in ix])
    return x, y


class CharGRU(nn.Module):
    def __init__(self, vocab, width=64):
        super().__init__()
        self.tok = nn.Embedding(vocab, 24)
        self.gru = nn.GRU(24, width, batch_first=True)
        self.out = nn.Linear(width, vocab)

    def forward(self, x):
        h, _ = self.gru(self.tok(x))
        return self.out(h)


@torch.no_grad()
def estimate_loss(model):
    model.eval()
    d = splits["val"]
    x = torch.stack([d[i:i + block_size] for i in range(0, len(d) - block_size - 1, block_size)])
    y = torch.stack([d[i + 1:i + block_size + 1] for i in range(0, len(d) - block_size - 1, block_size)])
    loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten()).item()
    model.train()
    return loss


model = CharGRU(len(chars))
optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3)
for it in range(1, 401):
    xb, yb = get_batch("train")
    loss = F.cross_entropy(model(xb).flatten(0, 1), yb.flatten())
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    if it % 80 == 0:
        print(f"iter {it}: train loss {loss.item():.3f}, val loss {estimate_loss(model):.3f}")
