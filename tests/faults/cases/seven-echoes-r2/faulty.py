import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(17)
TOKENS, LENGTH, START = 9, 7, 9


class Encoder(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.embed = nn.Embedding(TOKENS, 24)
        self.rnn = nn.GRU(24, hidden, batch_first=True)

    def forward(self, source):
        _, hidden = self.rnn(self.embed(source))
        return hidden


class Decoder(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.embed = nn.Embedding(TOKENS + 1, 24)
        self.rnn = nn.GRU(24, hidden, batch_first=True)
        self.out = nn.Linear(hidden, TOKENS)

    def forward(self, previous, hidden):
        states, hidden = self.rnn(self.embed(previous), hidden)
        return self.out(states), hidden


class Seq2Seq(nn.Module):
    def __init__(self, hidden=80):
        super().__init__()
        self.encoder = Encoder(hidden)
        self.decoder = Decoder(hidden)

    def forward(self, source, target):
        hidden = self.encoder(source)
        hidden = hidden.detach()
        start = torch.full_like(target[:, :1], START)
        logits, _ = self.decoder(torch.cat([start, target[:, :-1]], dim=1), hidden)
        return logits

    @torch.no_grad()
    def translate(self, source):
        hidden = self.encoder(source)
        token = torch.full_like(source[:, :1], START)
        result = []
        for _ in range(LENGTH):
            logits, hidden = self.decoder(token, hidden)
            token = logits.argmax(-1)
            result.append(token)
        return torch.cat(result, dim=1)


source = torch.randint(TOKENS, (7000, LENGTH))
target = source.sort(dim=1).values
train_loader = DataLoader(TensorDataset(source[:6500], target[:6500]), batch_size=50, shuffle=True)
val_source, val_target = source[6500:], target[6500:]

model = Seq2Seq()
optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=7)

for epoch in range(1, 8):
    model.train()
    running = 0.0
    for src, tgt in train_loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(src, tgt).flatten(0, 1), tgt.flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        running += loss.item()
    scheduler.step()

    model.eval()
    with torch.no_grad():
        val_loss = F.cross_entropy(model(val_source, val_target).flatten(0, 1), val_target.flatten()).item()
    exact = (model.translate(val_source) == val_target).all(dim=1).float().mean().item()
    print(f"epoch {epoch}: train {running / len(train_loader):.4f} val {val_loss:.4f} sequences right {exact:.3f}")
