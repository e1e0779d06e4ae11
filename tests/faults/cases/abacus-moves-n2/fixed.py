import torch
import torch.nn as nn
import torch.nn.functional as F

V = 11           # digits 0-9 and a mark for the beginning
BEGIN = 10
RODS, ROWS = 6, 4
T = 1 + RODS * ROWS


def make_rows(n):
    """Six rods set at random, then every rod is moved on by one bead, row after row (modulo ten)."""
    first = torch.randint(10, (n, 1, RODS))
    rows = (first + torch.arange(ROWS)[:, None]) % 10
    return torch.cat([torch.full((n, 1), BEGIN), rows.flatten(1)], dim=1)


class AbacusLM(nn.Module):
    def __init__(self, d_model=32, nhead=4, num_layers=2):
        super().__init__()
        self.tok = nn.Embedding(V, d_model)
        self.pos = nn.Embedding(T, d_model)
        layer = nn.TransformerEncoderLayer(d_model, nhead, 4 * d_model, dropout=0.0, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, V)

    def forward(self, idx):
        x = self.tok(idx) + self.pos(torch.arange(idx.size(1)))
        mask = nn.Transformer.generate_square_subsequent_mask(idx.size(1))
        x = self.encoder(x, mask=mask, is_causal=True)
        return self.head(self.norm(x))

    @torch.no_grad()
    def generate(self, idx, steps):
        for _ in range(steps):
            nxt = self(idx)[:, -1].argmax(-1, keepdim=True)
            idx = torch.cat([idx, nxt], dim=1)
        return idx


torch.manual_seed(4)
model = AbacusLM()
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01)
held_out = make_rows(200)

for step in range(1, 301):
    model.train()
    rows = make_rows(32)
    logits = model(rows[:, :-1])
    loss = F.cross_entropy(logits.reshape(-1, V), rows[:, 1:].reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    if step % 50 == 0:
        model.eval()
        with torch.no_grad():
            val = F.cross_entropy(model(held_out[:, :-1]).reshape(-1, V), held_out[:, 1:].reshape(-1))
        print(f"step {step} loss {loss.item():.3f} val loss {val.item():.3f}")

model.eval()
written = model.generate(held_out[:, :1 + RODS], T - 1 - RODS)
right = (written[:, 1 + RODS:] == held_out[:, 1 + RODS:]).float().mean().item()
print(f"moves generated right: {right:.3f}")
