# tag every symbol of a bracket string with its nesting depth
import torch
from torch import nn
from torch.utils.data import IterableDataset, DataLoader


class Brackets(IterableDataset):
    def __init__(self, n, seed, length=24, deepest=4):
        self.n, self.seed, self.length, self.deepest = n, seed, length, deepest

    def __iter__(self):
        g = torch.Generator().manual_seed(self.seed + torch.initial_seed() % 1000)
        for _ in range(self.n):
            depth, symbols, tags = 0, [], []
            for r in torch.rand(self.length, generator=g).tolist():
                up = depth == 0 or (r < 0.5 and depth < self.deepest)
                depth += 1 if up else -1
                symbols.append(0 if up else 1)
                tags.append(depth)
            yield torch.tensor(symbols), torch.tensor(tags)


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(2, 8)
        self.lstm = nn.LSTM(8, 32, batch_first=True)
        self.tags = nn.Linear(32, 5)

    def forward(self, s):
        return self.tags(self.lstm(self.embed(s))[0])


torch.manual_seed(2)
net = Tagger()
rates = [
    {"params": net.tags.parameters(), "lr": 3e-3},
    {"params": list(net.embed.parameters()) + list(net.lstm.parameters()), "lr": 0.3},
]
optimizer = torch.optim.Adam(rates)
loss_of = nn.CrossEntropyLoss()
batches = iter(DataLoader(Brackets(18000, 0), batch_size=30))
check_s, check_t = next(iter(DataLoader(Brackets(400, 77), batch_size=400)))

for step in range(1, 601):
    symbols, tags = next(batches)
    loss = loss_of(net(symbols).transpose(1, 2), tags)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 100 == 0:
        with torch.no_grad():
            right = (net(check_s).argmax(-1) == check_t).float().mean()
        print(f"{step:4d} loss {loss.item():.4f} depth right {right:.3f}")
