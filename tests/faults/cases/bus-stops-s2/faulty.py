"""A tiny GPT, after the well-known lecture, on rides of buses along a ring of 16 stops."""
import torch
import torch.nn as nn
import torch.nn.functional as F

n_stops, block_size, n_embd, n_head, n_layer = 16, 15, 48, 4, 2
batch_size, max_iters, learning_rate = 64, 400, 2e-3
torch.manual_seed(1337)


def rides(n):
    """Buses of three lines call at every, every second or every third stop, in either direction."""
    start = torch.randint(n_stops, (n, 1))
    step = torch.randint(1, 4, (n, 1)) * (torch.randint(2, (n, 1)) * 2 - 1)
    return (start + step * torch.arange(block_size + 1)) % n_stops


class Head(nn.Module):
    def __init__(self, head_size):
        super().__init__()
        self.key = nn.Linear(n_embd, head_size, bias=False)
        self.query = nn.Linear(n_embd, head_size, bias=False)
        self.value = nn.Linear(n_embd, head_size, bias=False)

    def forward(self, x):
        k, q = self.key(x), self.query(x)
        wei = q @ k.transpose(-2, -1) * k.shape[-1] ** -0.5
        wei = F.softmax(wei, dim=-1)
        return wei @ self.value(x)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.heads = nn.ModuleList([Head(n_embd // n_head) for _ in range(n_head)])
        self.proj = nn.Linear(n_embd, n_embd)
        self.ffwd = nn.Sequential(nn.Linear(n_embd, 4 * n_embd), nn.ReLU(), nn.Linear(4 * n_embd, n_embd))
        self.ln1, self.ln2 = nn.LayerNorm(n_embd), nn.LayerNorm(n_embd)

    def forward(self, x):
        h = self.ln1(x)
        x = x + self.proj(torch.cat([head(h) for head in self.heads], dim=-1))
        return x + self.ffwd(self.ln2(x))


class BusGPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.stops = nn.Embedding(n_stops, n_embd)
        self.places = nn.Embedding(block_size, n_embd)
        self.blocks = nn.Sequential(*[Block() for _ in range(n_layer)])
        self.ln_f = nn.LayerNorm(n_embd)
        self.lm_head = nn.Linear(n_embd, n_stops)

    def forward(self, idx, targets=None):
        x = self.stops(idx) + self.places(torch.arange(idx.shape[1]))
        logits = self.lm_head(self.ln_f(self.blocks(x)))
        loss = None if targets is None else F.cross_entropy(logits.flatten(0, 1), targets.flatten())
        return logits, loss

    @torch.no_grad()
    def generate(self, idx, n):
        for _ in range(n):
            logits, _ = self(idx)
            idx = torch.cat([idx, logits[:, -1].argmax(-1, keepdim=True)], dim=1)
        return idx


model = BusGPT()
optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)
val = rides(400)
for it in range(1, max_iters + 1):
    model.train()
    ride = rides(batch_size)
    _, loss = model(ride[:, :-1], ride[:, 1:])
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    if it % 100 == 0:
        model.eval()
        with torch.no_grad():
            _, val_loss = model(val[:, :-1], val[:, 1:])
        rest = model.generate(val[:, :4], 8)
        right = (rest == val[:, :12]).all(dim=1).float().mean().item()
        print(f"iter {it}: train loss {loss.item():.4f}, val loss {val_loss.item():.4f}, rides continued to the end {right:.3f}")
