import torch
import torch.nn as nn
import torch.nn.functional as F

NOTES, LENGTH = 12, 20
END = NOTES


def melodies(n, style, gen):
    """The style says which note follows a pair of notes; one note in twenty is free."""
    tune = torch.randint(NOTES, (n, LENGTH), generator=gen)
    for t in range(2, LENGTH):
        bound = torch.rand(n, generator=gen) < 0.95
        tune[bound, t] = style[tune[bound, t - 2], tune[bound, t - 1]]
    return torch.cat([tune, torch.full((n, 1), END)], dim=1)


class MelodyModel(nn.Module):
    def __init__(self, d_model=48, nhead=4, layers=2):
        super().__init__()
        self.note = nn.Embedding(NOTES + 1, d_model)
        self.place = nn.Parameter(0.3 * torch.randn(LENGTH, d_model))
        layer = nn.TransformerEncoderLayer(d_model, nhead, 96, dropout=0.0, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(d_model)
        self.out = nn.Linear(d_model, NOTES + 1)

    def forward(self, notes):
        steps = notes.size(1)
        mask = nn.Transformer.generate_square_subsequent_mask(steps)
        h = self.note(notes) + self.place[:steps]
        h = self.encoder(h, mask=mask)
        return self.out(self.norm(h))


def next_note_loss(model, tune):
    logits = model(tune[:, :-1])
    return F.cross_entropy(logits.reshape(-1, NOTES + 1), tune[:, 1:].reshape(-1))


@torch.no_grad()
def play_on(model, opening, steps):
    tune = opening
    for _ in range(steps):
        tune = torch.cat([tune, model(tune)[:, -1].argmax(-1, keepdim=True)], dim=1)
    return tune[:, opening.size(1):]


torch.manual_seed(9)
gen = torch.Generator().manual_seed(9)
style = torch.randint(NOTES, (NOTES, NOTES), generator=gen)
train, val = melodies(3000, style, gen), melodies(300, style, gen)
model = MelodyModel()
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
for epoch in range(8):
    model.train()
    total = 0.0
    for idx in torch.randperm(len(train)).split(50):
        loss = next_note_loss(model, train[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx)
    model.eval()
    with torch.no_grad():
        val_loss = next_note_loss(model, val).item()
    tune = torch.cat([val[:, 8:10], play_on(model, val[:, :10], 9)], dim=1).clamp(max=NOTES - 1)
    in_style = (style[tune[:, :-2], tune[:, 1:-1]] == tune[:, 2:]).float().mean().item()
    print(f"epoch {epoch + 1} train {total / len(train):.4f} val {val_loss:.4f} notes played in style {in_style:.3f}")
