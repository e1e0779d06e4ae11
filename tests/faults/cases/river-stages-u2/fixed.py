import math
import random

import torch
import torch.nn as nn

random.seed(8)
torch.manual_seed(8)


def gauge():
    """A level history of 10 to 26 readings and the reading that follows."""
    n = random.randint(10, 26)
    period = random.uniform(6, 14)
    phase = random.uniform(0, 2 * math.pi)
    amp = random.uniform(0.5, 1.5)
    t = torch.arange(n + 1.0)
    level = amp * torch.sin(2 * math.pi * t / period + phase) + 0.05 * torch.randn(n + 1)
    return level[:n].view(1, n, 1), level[n].view(1, 1)


class StageModel(nn.Module):
    def __init__(self, hidden=24):
        super().__init__()
        self.gru = nn.GRU(1, hidden, batch_first=True)
        self.head = nn.Linear(hidden, 1)

    def forward(self, series):
        _, h = self.gru(series)
        return self.head(h[-1])


train = [gauge() for _ in range(320)]
test = [gauge() for _ in range(150)]
group = 16      # series per update, they cannot be stacked because the lengths differ

model = StageModel()
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.03, momentum=0.9)

for epoch in range(5):
    random.shuffle(train)
    total = 0.0
    for first in range(0, len(train), group):
        optimizer.zero_grad()
        members = train[first:first + group]
        for series, nxt in members:
            loss = criterion(model(series), nxt)
            (loss / len(members)).backward()
            total += loss.item()
        optimizer.step()
    with torch.no_grad():
        err = sum((model(s) - n).pow(2).item() for s, n in test) / len(test)
    print("epoch", epoch + 1, "train mse", round(total / len(train), 4), "test mse", round(err, 4))
