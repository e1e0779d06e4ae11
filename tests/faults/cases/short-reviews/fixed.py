import numpy as np
import torch
from torch import nn

VOCAB, LENGTH = 800, 20


def reviews(n, rng):
    label = rng.integers(0, 2, n)
    words = rng.integers(60, VOCAB, (n, LENGTH))
    tone = rng.random((n, LENGTH)) < 0.22
    agree = rng.random((n, LENGTH)) < 0.75
    side = np.where(agree, label[:, None], 1 - label[:, None])
    words = np.where(tone, side * 30 + rng.integers(0, 30, (n, LENGTH)), words)
    return torch.tensor(words), torch.tensor(label, dtype=torch.float32)


class Sentiment(nn.Module):
    def __init__(self, dim, dropout):
        super().__init__()
        self.embed = nn.Embedding(VOCAB, dim)
        self.drop = nn.Dropout(dropout)
        self.out = nn.Sequential(nn.Linear(dim, dim), nn.ReLU(), nn.Dropout(dropout), nn.Linear(dim, 1))

    def forward(self, words):
        return self.out(self.drop(self.embed(words)).mean(1)).squeeze(1)


rng = np.random.default_rng(8)
torch.manual_seed(8)
train_x, train_y = reviews(500, rng)
val_x, val_y = reviews(1000, rng)

dim, dropout, epochs, decay = 16, 0.6, 21, 0.5
model = Sentiment(dim, dropout)
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=decay)

for epoch in range(1, epochs + 1):
    model.train()
    running = 0.0
    for idx in torch.randperm(len(train_x)).split(25):
        optimizer.zero_grad()
        loss = criterion(model(train_x[idx]), train_y[idx])
        loss.backward()
        optimizer.step()
        running += loss.item() * len(idx)
    model.eval()
    with torch.no_grad():
        out = model(val_x)
        val_loss = criterion(out, val_y).item()
        val_acc = ((out > 0).float() == val_y).float().mean().item()
    if epoch % (epochs // 8) == 0:
        print(f"epoch {epoch}: train loss {running / len(train_x):.3f} | val loss {val_loss:.3f} | val acc {val_acc:.3f}")
