import random

import torch
import torch.nn.functional as F
from torch import nn

rng = random.Random(6)
torch.manual_seed(6)
START = ["Wal", "Bren", "Old", "Stan", "Hex", "Mar", "Up", "Nor", "Cold", "Ash"]
MIDDLE = ["ing", "er", "des", "le", "wick", "bo"]
END = ["ton", "ham", "ford", "by", "mouth", "stead", "ley"]
names = ["".join([rng.choice(START), rng.choice(MIDDLE), rng.choice(END)]).lower() + "." for _ in range(700)]
alphabet = sorted(set("".join(names)))
code = {c: i for i, c in enumerate(alphabet)}
K = 5


def windows(words):
    rows, nxt = [], []
    for w in words:
        text = "." * K + w
        for i in range(len(w)):
            rows.append([code[c] for c in text[i:i + K]])
            nxt.append(code[text[i + K]])
    return torch.tensor(rows), torch.tensor(nxt)


class CharModel(nn.Module):
    def __init__(self, vocab, dim=16, hidden=96):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.body = nn.Sequential(nn.Linear(K * dim, hidden), nn.GELU(), nn.Linear(hidden, vocab))

    def forward(self, context):
        return self.body(self.embed(context).flatten(1))

    def predict_proba(self, context):
        return F.softmax(self(context), dim=-1)

    @torch.no_grad()
    def sample(self, gen):
        text = "." * K
        while len(text) < K + 16:
            p = self.predict_proba(torch.tensor([[code[c] for c in text[-K:]]]))[0]
            text += alphabet[int(torch.multinomial(p, 1, generator=gen))]
            if text[-1] == ".":
                break
        return text[K:].rstrip(".")


context, nxt = windows(names[:600])
val_context, val_nxt = windows(names[600:])
model = CharModel(len(alphabet))
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
gen = torch.Generator().manual_seed(0)

for epoch in range(1, 9):
    seen = 0.0
    for idx in torch.randperm(len(context)).split(64):
        loss = F.cross_entropy(model(context[idx]), nxt[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seen += loss.item() * len(idx)
    with torch.no_grad():
        p = model.predict_proba(val_context)
        bits = -p[torch.arange(len(val_nxt)), val_nxt].log2().mean()
    print(f"epoch {epoch} loss {seen / len(context):.3f} val bits/char {bits:.3f} "
          f"next-char acc {(p.argmax(1) == val_nxt).float().mean():.3f} sample {model.sample(gen)}")
