import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(1234)

syllables = "ee nie mei ney mo ack bor bar sto cra ten tig".split()
V, T, PROMPT = len(syllables), 24, 4

# what follows two syllables is settled by the rhyme book
rhyme_book = torch.stack([torch.randperm(V) for _ in range(V)])


def by_the_book(start):
    seq = start
    while seq.size(1) < T:
        seq = torch.cat([seq, rhyme_book[seq[:, -2], seq[:, -1]].unsqueeze(1)], dim=1)
    return seq


def children(n, slips=0.2):
    """Sequences as children say them: now and then any syllable comes instead of the right one."""
    seq = torch.randint(V, (n, T))
    for t in range(2, T):
        right = torch.rand(n) > slips
        seq[right, t] = rhyme_book[seq[right, t - 2], seq[right, t - 1]]
    return seq


class RhymeTransformer(nn.Module):
    def __init__(self, d=48, heads=4, layers=2):
        super().__init__()
        self.tok = nn.Embedding(V, d)
        self.pos = nn.Embedding(T, d)
        layer = nn.TransformerEncoderLayer(d, heads, 4 * d, dropout=0.0, batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(d)
        self.out = nn.Linear(d, V)

    def forward(self, idx):
        n = idx.size(1)
        h = self.tok(idx) + self.pos(torch.arange(n))
        h = self.blocks(h)
        return self.out(self.norm(h))


@torch.no_grad()
def recite(model, prompt):
    seq = prompt
    while seq.size(1) < T:
        nxt = model(seq)[:, -1].argmax(-1, keepdim=True)
        seq = torch.cat([seq, nxt], dim=1)
    return seq


train, val = children(2500), children(300)
model = RhymeTransformer()
optimizer = torch.optim.AdamW(model.parameters(), lr=0.05)

step, running = 0, 0.0
for epoch in range(7):
    model.train()
    for batch in train[torch.randperm(len(train))].split(50):
        logits = model(batch[:, :-1])
        loss = F.cross_entropy(logits.reshape(-1, V), batch[:, 1:].reshape(-1))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        running += loss.item()
        if step % 60 == 0:
            print(f"step {step}: loss {running / 60:.4f}")
            running = 0.0

model.eval()
with torch.no_grad():
    logits = model(val[:, :-1])
    val_loss = F.cross_entropy(logits.reshape(-1, V), val[:, 1:].reshape(-1)).item()
said = recite(model, val[:, :PROMPT])
print(" ".join(syllables[i] for i in said[0].tolist()))
right = (said[:, PROMPT:] == by_the_book(val[:, :PROMPT])[:, PROMPT:]).float().mean().item()
print(f"val loss {val_loss:.4f}, syllables recited right {right:.3f}")
