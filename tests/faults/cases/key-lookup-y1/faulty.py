import argparse

import torch
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--keys", type=int, default=8)
parser.add_argument("--values", type=int, default=6)
parser.add_argument("--pairs", type=int, default=4)
parser.add_argument("--dim", type=int, default=32)
parser.add_argument("--lr", type=float, default=3e-2)
parser.add_argument("--steps", type=int, default=600)
parser.add_argument("--seed", type=int, default=9)
opt = parser.parse_args()


def batch(n, gen):
    """key value key value ... query; the answer is the value after the query's key"""
    keys = torch.rand(n, opt.keys, generator=gen).argsort(1)[:, :opt.pairs]
    vals = torch.randint(opt.values, (n, opt.pairs), generator=gen)
    pick = torch.randint(opt.pairs, (n, 1), generator=gen)
    query = keys.gather(1, pick)
    answer = vals.gather(1, pick).squeeze(1)
    return keys, vals, query, answer


class Lookup(nn.Module):
    def __init__(self):
        super().__init__()
        self.key = nn.Embedding(opt.keys, opt.dim)
        self.val = nn.Embedding(opt.values, opt.dim)
        self.ask = nn.Parameter(torch.randn(opt.dim) * 0.1)
        layer = nn.TransformerEncoderLayer(opt.dim, nhead=2, dim_feedforward=64, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers=2)
        self.head = nn.Linear(opt.dim, opt.values)

    def forward(self, keys, vals, query):
        facts = self.key(keys) + self.val(vals)
        question = self.key(query) + self.ask
        h = self.encoder(torch.cat([question, facts], dim=1))
        return self.head(h[:, 0])


torch.manual_seed(opt.seed)
gen = torch.Generator().manual_seed(opt.seed + 1)
test = batch(1000, torch.Generator().manual_seed(999))
model = Lookup()
optimizer = torch.optim.AdamW(model.parameters(), lr=opt.lr)
smooth = None
for step in range(1, opt.steps + 1):
    *inputs, answer = batch(64, gen)
    loss = nn.functional.cross_entropy(model(*inputs), answer)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    smooth = loss.item() if smooth is None else 0.95 * smooth + 0.05 * loss.item()
    if step % 100 == 0:
        model.eval()
        with torch.no_grad():
            acc = (model(*test[:3]).argmax(1) == test[3]).float().mean()
        model.train()
        print(f"step {step}: loss {smooth:.3f}, test accuracy {acc:.3f}")
