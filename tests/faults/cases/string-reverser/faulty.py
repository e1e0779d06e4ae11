import torch
import torch.nn as nn
import torch.nn.functional as F

LENGTH, SYMBOLS = 8, 10


class Reverser(nn.Module):
    def __init__(self, dim=48, heads=4, layers=2):
        super().__init__()
        self.symbols = nn.Embedding(SYMBOLS, dim)
        self.places = nn.Parameter(0.1 * torch.randn(LENGTH, dim))
        layer = nn.TransformerEncoderLayer(dim, heads, 2 * dim, dropout=0.0, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.out = nn.Linear(dim, SYMBOLS)

    def forward(self, s):
        return self.out(self.encoder(self.symbols(s) + self.places))


def batch(n, gen):
    s = torch.randint(SYMBOLS, (n, LENGTH), generator=gen)
    return s, s.flip(1)


torch.manual_seed(23)
gen = torch.Generator().manual_seed(23)
val_in, val_out = batch(500, torch.Generator().manual_seed(99))
model = Reverser()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
STEPS = 60
for step in range(1, STEPS + 1):
    model.train()
    s, reversed_s = batch(64, gen)
    loss = F.cross_entropy(model(s).flatten(0, 1), reversed_s.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % (STEPS // 10) == 0:
        model.eval()
        with torch.no_grad():
            out = model(val_in)
            val = F.cross_entropy(out.flatten(0, 1), val_out.flatten()).item()
            right = (out.argmax(-1) == val_out).float().mean().item()
        print(f"step {step} train loss {loss.item():.3f} val loss {val:.3f} symbols right {right:.3f}")
