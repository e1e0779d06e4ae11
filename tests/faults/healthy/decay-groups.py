import math

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

torch.manual_seed(5)
VOCAB, LENGTH = 16, 10


def copy_back(n):
    """The second half of the answer is the first half reversed; the input shows the first half only."""
    half = torch.randint(1, VOCAB, (n, LENGTH // 2))
    return torch.cat([half, torch.zeros_like(half)], 1), torch.cat([half, half.flip(1)], 1)


class Reverser(nn.Module):
    def __init__(self, dim=48):
        super().__init__()
        self.tok = nn.Embedding(VOCAB, dim)
        self.pos = nn.Parameter(torch.randn(LENGTH, dim))
        layer = nn.TransformerEncoderLayer(dim, 4, 96, dropout=0.0, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.out = nn.Linear(dim, VOCAB)

    def forward(self, x):
        return self.out(self.encoder(self.tok(x) + self.pos))


model = Reverser()
decay = [p for n, p in model.named_parameters() if p.dim() >= 2 and "pos" not in n]
rest = [p for n, p in model.named_parameters() if p.dim() < 2 or "pos" in n]
optimizer = torch.optim.AdamW([{"params": decay, "weight_decay": 0.1}, {"params": rest, "weight_decay": 0.0}], lr=3e-3, betas=(0.9, 0.98))
STEPS, WARMUP = 600, 60


def schedule(step):
    if step < WARMUP:
        return (step + 1) / WARMUP
    return 0.5 * (1 + math.cos(math.pi * (step - WARMUP) / (STEPS - WARMUP)))


scheduler = LambdaLR(optimizer, schedule)
x_val, y_val = copy_back(500)
for step in range(1, STEPS + 1):
    model.train()
    x, y = copy_back(64)
    loss = nn.functional.cross_entropy(model(x).transpose(1, 2), y)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    scheduler.step()
    if step % 100 == 0:
        model.eval()
        with torch.no_grad():
            acc = (model(x_val).argmax(-1) == y_val).float().mean().item()
        print(f"step {step} lr {scheduler.get_last_lr()[0]:.5f} loss {loss.item():.4f} tokens right {acc:.4f}")
