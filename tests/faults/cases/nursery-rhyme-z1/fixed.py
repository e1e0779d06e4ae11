# a small character model
import torch
import torch.nn as nn
from torch.nn import functional as F

torch.manual_seed(1337)

# hyperparameters
block_size = 12
batch_size = 32
max_iters = 500
eval_interval = 100
learning_rate = 3e-3

words = ["the", "cat", "sat", "on", "a", "mat", "and", "dog", "ran", "to", "red", "hen", "fed", "ten", "men"]
starts = torch.randint(0, len(words), (6000,)).tolist()
text = " ".join(words[k] for k in starts)
chars = sorted(set(text))
stoi = {c: i for i, c in enumerate(chars)}
data = torch.tensor([stoi[c] for c in text])
n = int(0.9 * len(data))
train_data, val_data = data[:n], data[n:]


def get_batch(split):
    source = train_data if split == "train" else val_data
    ix = torch.randint(len(source) - block_size, (batch_size,))
    x = torch.stack([source[i:i + block_size] for i in ix])
    y = torch.stack([source[i + 1:i + block_size + 1] for i in ix])
    return x, y


class CharModel(nn.Module):
    def __init__(self, vocab_size, n_embd=24, n_hidden=64):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, n_embd)
        self.rnn = nn.GRU(n_embd, n_hidden, batch_first=True)
        self.lm_head = nn.Linear(n_hidden, vocab_size)

    def forward(self, idx, targets):
        h, _ = self.rnn(self.token_embedding(idx))
        logits = self.lm_head(h)
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


@torch.no_grad()
def full_loss(source):
    m = (len(source) - 1) // block_size
    x = source[:m * block_size].view(m, block_size)
    y = source[1:m * block_size + 1].view(m, block_size)
    return model(x, y).item()


model = CharModel(len(chars))
optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)
for it in range(1, max_iters + 1):
    xb, yb = get_batch("train")
    loss = model(xb, yb)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    if it % eval_interval == 0:
        print(f"step {it}: batch loss {loss.item():.4f}, val loss {full_loss(val_data):.4f}")
