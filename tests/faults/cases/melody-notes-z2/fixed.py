"""Predict the next note of little folk melodies (30 notes)."""
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(4)
NOTES, LENGTH = 30, 25


def compose(n, rng):
    # two interleaved habits: repeat an interval, or fall back to the home note
    home = torch.randint(NOTES, (n,), generator=rng)
    step = torch.randint(1, 5, (n,), generator=rng)
    tune = [home]
    for t in range(1, LENGTH):
        nxt = (tune[-1] + step) % NOTES
        nxt = torch.where(torch.tensor(t % 8 == 0), home, nxt)
        slip = torch.rand(n, generator=rng) < 0.04
        tune.append(torch.where(slip, torch.randint(NOTES, (n,), generator=rng), nxt))
    return torch.stack(tune, 1)


class NextNote(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.table = nn.Embedding(NOTES, 32)
        self.rnn = nn.GRU(32, width, batch_first=True)
        self.out = nn.Linear(width, NOTES)

    def forward(self, notes):
        h, _ = self.rnn(self.table(notes))
        return self.out(h)


rng = torch.Generator().manual_seed(0)
train, test = compose(1200, rng), compose(300, rng)
model = NextNote()
opt = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.9)

for epoch in range(8):
    model.train()
    for tunes in train[torch.randperm(len(train))].split(50):
        scores = model(tunes[:, :-1])
        loss = F.cross_entropy(scores.flatten(0, 1), tunes[:, 1:].flatten())
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
    model.eval()
    with torch.no_grad():
        scores = model(test[:, :-1])
        hits = (scores.argmax(-1) == test[:, 1:]).float().mean()
        nats = F.cross_entropy(scores.flatten(0, 1), test[:, 1:].flatten())
    print(f"{epoch:2d}: loss {loss.item():.4f}, test perplexity {nats.exp():.2f}, test hits {hits:.3f}")
