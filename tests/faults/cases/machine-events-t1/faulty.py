import math

import torch
import torch.nn as nn
import torch.nn.functional as F

EVENTS, LENGTH = 60, 16


def machine_log(n, gen):
    """A random machine: what follows depends on the last two events; now and then a stray event."""
    rule = torch.randperm(EVENTS * 2, generator=torch.Generator().manual_seed(99)) % EVENTS
    log = torch.randint(EVENTS, (n, LENGTH + 1), generator=gen)
    for t in range(2, LENGTH + 1):
        following = rule[log[:, t - 1] * 2 + log[:, t - 2] % 2]
        stray = torch.rand(n, generator=gen) < 0.1
        log[:, t] = torch.where(stray, log[:, t], following)
    return log[:, :-1], log[:, 1:]


class EventTransformer(nn.Module):
    def __init__(self, dim=32, heads=2, layers=1):
        super().__init__()
        self.embed = nn.Embedding(EVENTS, dim)
        self.position = nn.Parameter(0.02 * torch.randn(LENGTH, dim))
        layer = nn.TransformerEncoderLayer(dim, heads, 2 * dim, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers)
        self.head = nn.Linear(dim, EVENTS)
        self.register_buffer("mask", torch.full((LENGTH, LENGTH), -math.inf).triu(1))

    def forward(self, events):
        h = self.encoder(self.embed(events) + self.position, mask=self.mask)
        return F.softmax(self.head(h), dim=-1)


def main():
    torch.manual_seed(30)
    gen = torch.Generator().manual_seed(30)
    x_train, y_train = machine_log(2000, gen)
    x_val, y_val = machine_log(400, gen)
    model = EventTransformer()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)

    for epoch in range(1, 17):
        model.train()
        total, batches = 0.0, 0
        for idx in torch.randperm(len(x_train)).split(40):
            out = model(x_train[idx])
            loss = F.cross_entropy(out.reshape(-1, EVENTS), y_train[idx].reshape(-1))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
            batches += 1
        model.eval()
        with torch.no_grad():
            out = model(x_val)[:, 1:]
            hit = (out.argmax(-1) == y_val[:, 1:]).float().mean().item()
        print(f"epoch {epoch:2d} | train loss {total / batches:.3f} | next event right {hit:.3f}")


if __name__ == "__main__":
    main()
