import math

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(1234)

BELLS = 10
PERIOD = 5
LENGTH = 20


def rounds(n):
    """A round repeats its first five strokes over and over; now and then the ringer hits another bell."""
    theme = torch.randint(0, BELLS, (n, PERIOD))
    tune = theme.repeat(1, LENGTH // PERIOD)
    slips = torch.rand(n, LENGTH) < 0.03
    return torch.where(slips, torch.randint(0, BELLS, (n, LENGTH)), tune)


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=64):
        super().__init__()
        pos = torch.arange(max_len).unsqueeze(1)
        div = torch.exp(torch.arange(0, d_model, 2) * (-math.log(1000.0) / d_model))
        pe = torch.zeros(max_len, d_model)
        pe[:, 0::2] = torch.sin(pos * div)
        pe[:, 1::2] = torch.cos(pos * div)
        self.register_buffer("pe", pe)

    def forward(self, x):
        return x + self.pe[: x.size(1)]


class BellTransformer(nn.Module):
    def __init__(self, d_model=64, nhead=4, layers=2):
        super().__init__()
        self.embed = nn.Embedding(BELLS, d_model)
        self.positions = PositionalEncoding(d_model)
        layer = nn.TransformerEncoderLayer(d_model, nhead, 128, dropout=0.0, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.out = nn.Linear(d_model, BELLS)

    def forward(self, strokes):
        x = self.positions(self.embed(strokes))
        return self.out(self.encoder(x))


@torch.no_grad()
def play_on(model, opening, steps):
    tune = opening
    for _ in range(steps):
        next_stroke = model(tune)[:, -1].argmax(-1, keepdim=True)
        tune = torch.cat([tune, next_stroke], dim=1)
    return tune


data = rounds(2400)
held_out = rounds(400)
model = BellTransformer()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=3, gamma=0.5)

for epoch in range(9):
    model.train()
    order = torch.randperm(len(data))
    for i in range(0, len(data), 50):
        batch = data[order[i : i + 50]]
        logits = model(batch[:, :-1])
        loss = F.cross_entropy(logits.reshape(-1, BELLS), batch[:, 1:].reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()

    model.eval()
    with torch.no_grad():
        logits = model(held_out[:, :-1])
        val = F.cross_entropy(logits.reshape(-1, BELLS), held_out[:, 1:].reshape(-1)).item()
    theme = torch.randint(0, BELLS, (200, PERIOD))
    tune = play_on(model, torch.cat([theme, theme], dim=1), 2 * PERIOD)
    hit = (tune[:, 2 * PERIOD :] == theme.repeat(1, 2)).float().mean().item()
    print(f"epoch {epoch + 1:2d} train {loss.item():.3f} val {val:.3f} strokes played right {hit:.1%}")
