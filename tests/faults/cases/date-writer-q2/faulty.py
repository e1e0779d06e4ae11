import torch
import torch.nn as nn
import torch.nn.functional as F

PAD, START = 10, 11


def make_dates(n):
    """Six digits ddmmyy and the same date written yymmdd."""
    day, month, year = torch.randint(1, 29, (n,)), torch.randint(1, 13, (n,)), torch.randint(0, 100, (n,))
    parts = [p for v in (day, month, year) for p in (v // 10, v % 10)]
    src = torch.stack(parts, dim=1)
    tgt = torch.stack(parts[4:] + parts[2:4] + parts[:2], dim=1)
    return src, tgt


class Encoder(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.embedding = nn.Embedding(12, 16)
        self.gru = nn.GRU(16, dim, batch_first=True)

    def forward(self, src):
        return self.gru(self.embedding(src))[1]


class Decoder(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.embedding = nn.Embedding(12, 16)
        self.gru = nn.GRU(16, dim, batch_first=True)
        self.out = nn.Linear(dim, 10)

    def forward(self, tokens, hidden):
        states, hidden = self.gru(self.embedding(tokens), hidden)
        return self.out(states), hidden


class Trainer:
    def __init__(self, dim=64, lr=4e-3):
        self.encoder, self.decoder = Encoder(dim), Decoder(dim)
        params = list(self.encoder.parameters()) + list(self.decoder.parameters())
        self.optimizer = torch.optim.Adam(params, lr=lr)

    def train_batch(self, src, tgt):
        self.encoder.train()
        self.decoder.train()
        start = torch.full((len(src), 1), START)
        logits, _ = self.decoder(torch.cat([start, tgt[:, :-1]], dim=1), self.encoder(src))
        loss = F.cross_entropy(logits.flatten(0, 1), tgt.flatten())
        self.optimizer.zero_grad()
        loss.backward()
        return loss.item()

    @torch.no_grad()
    def translate(self, src):
        self.encoder.eval()
        self.decoder.eval()
        hidden, token, written = self.encoder(src), torch.full((len(src), 1), START), []
        for _ in range(6):
            logits, hidden = self.decoder(token, hidden)
            token = logits.argmax(dim=-1)
            written.append(token)
        return torch.cat(written, dim=1)


torch.manual_seed(11)
trainer = Trainer()
val_src, val_tgt = make_dates(400)
for step in range(1, 1001):
    loss = trainer.train_batch(*make_dates(64))
    if step % 100 == 0:
        digits = (trainer.translate(val_src) == val_tgt).float().mean().item()
        print(f"step {step} | train loss {loss:.3f} | val digits right {digits:.3f}")
