import torch
import torch.nn as nn


class TurnstileData:
    """Event streams of a turnstile; is the number of people left inside at the end 0, 1 or 2 (mod 3)?"""

    def __init__(self, n, steps=12, seed=0):
        g = torch.Generator().manual_seed(seed)
        self.events = torch.randint(3, (n, steps), generator=g)  # 0 nothing, 1 in, 2 out
        move = (self.events == 1).long() - (self.events == 2).long()
        self.inside = move.cumsum(1) % 3

    def __iter__(self):
        order = torch.randperm(len(self.events))
        for rows in order.split(50):
            yield self.events[rows], self.inside[rows]


class Counter(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.hidden = hidden
        self.event = nn.Embedding(3, 8)
        self.cell = nn.GRUCell(8, hidden)
        self.answer = nn.Linear(hidden, 3)
        self.state = None

    def reset(self, batch):
        self.state = torch.zeros(batch, self.hidden)

    def forward(self, events):
        self.reset(len(events))
        h = self.state
        seen = []
        for t in range(events.shape[1]):
            h = self.cell(self.event(events[:, t]), h)
            seen.append(h)
        self.state = h.detach()
        return self.answer(torch.stack(seen, 1))


torch.manual_seed(23)
data, fresh = TurnstileData(1500, seed=1), TurnstileData(500, seed=2)
counter = Counter()
optimizer = torch.optim.Adam(counter.parameters(), lr=6e-3)
criterion = nn.CrossEntropyLoss()

for epoch in range(1, 13):
    counter.reset(50)
    total = n = 0
    for events, inside in data:
        out = counter(events)
        loss = criterion(out.flatten(0, 1), inside.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_value_(counter.parameters(), 0.5)
        optimizer.step()
        total, n = total + loss.item(), n + 1
    counter.reset(50)
    with torch.no_grad():
        right = torch.cat([counter(events).argmax(-1) == inside for events, inside in fresh])
    print(f"epoch {epoch:2d}  loss {total / n:.4f}  fresh accuracy {right.float().mean():.4f}")
