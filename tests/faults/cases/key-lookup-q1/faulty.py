import math

import torch
from torch import nn, optim

SLOTS, KEY_DIM = 8, 12


def memories(n, codes, generator):
    """Each example: SLOTS (key, value) pairs and a query; the answer is the value under the queried key."""
    which = torch.rand(n, len(codes), generator=generator).argsort(dim=1)[:, :SLOTS]
    keys = codes[which] + 0.1 * torch.randn(n, SLOTS, KEY_DIM, generator=generator)
    values = torch.randn(n, SLOTS, generator=generator)
    asked = torch.randint(SLOTS, (n,), generator=generator)
    rows = torch.arange(n)
    query = codes[which[rows, asked]] + 0.1 * torch.randn(n, KEY_DIM, generator=generator)
    return keys, values, query, values[rows, asked]


class Lookup(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.to_q = nn.Linear(KEY_DIM, dim)
        self.to_k = nn.Linear(KEY_DIM, dim)
        self.to_v = nn.Linear(1, dim)
        self.read = nn.Linear(dim, 1)
        self.softmax = nn.Softmax(dim=0)

    def forward(self, keys, values, query):
        q = self.to_q(query)
        k = self.to_k(keys)
        v = self.to_v(values.unsqueeze(-1))
        scores = torch.einsum("bd,bsd->bs", q, k) / math.sqrt(q.size(-1))
        weights = self.softmax(scores)
        context = torch.einsum("bs,bsd->bd", weights, v)
        return self.read(context).squeeze(-1)


def run():
    torch.manual_seed(66)
    generator = torch.Generator().manual_seed(66)
    codes = torch.randn(20, KEY_DIM, generator=generator)
    train = memories(4000, codes, generator)
    val = memories(600, codes, generator)
    model = Lookup()
    optimizer = optim.Adam(model.parameters(), lr=5e-3)
    loss_fn = nn.MSELoss()
    for epoch in range(1, 13):
        model.train()
        losses = []
        for idx in torch.randperm(len(train[0])).split(50):
            keys, values, query, answer = (part[idx] for part in train)
            loss = loss_fn(model(keys, values, query), answer)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        model.eval()
        with torch.no_grad():
            *inputs, answer = val
            val_loss = loss_fn(model(*inputs), answer).item()
        print(f"epoch {epoch:2d} train mse {sum(losses) / len(losses):.4f} val mse {val_loss:.4f} "
              f"val R2 {1 - val_loss / answer.var().item():.3f}")


if __name__ == "__main__":
    run()
