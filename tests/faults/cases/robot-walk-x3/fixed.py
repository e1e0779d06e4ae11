from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class Config:
    n_tokens: int = 5
    n_places: int = 8
    embed: int = 8
    hidden: int = 64
    steps: int = 600
    batch: int = 64
    lr: float = 0.005
    length: int = 12


def walks(n, cfg, gen):
    """tokens 0 left, 1 right, 2 stay, 3 back to start, 4 jump four ahead; tag = place on a ring of eight"""
    moves = torch.randint(0, cfg.n_tokens, (n, cfg.length), generator=gen)
    place = torch.zeros(n, dtype=torch.long)
    tags = []
    for t in range(cfg.length):
        m = moves[:, t]
        place = place + (m == 1).long() - (m == 0).long() + 4 * (m == 4).long()
        place = torch.where(m == 3, torch.zeros_like(place), place % cfg.n_places)
        tags.append(place)
    return moves, torch.stack(tags, 1)


class Tracker(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.embed = nn.Embedding(cfg.n_tokens, cfg.embed)
        self.rnn = nn.GRU(cfg.embed, cfg.hidden, batch_first=True)
        self.tag = nn.Linear(cfg.hidden, cfg.n_places)

    def forward(self, moves):
        states, _ = self.rnn(self.embed(moves))
        return self.tag(states)


cfg = Config()
torch.manual_seed(0)
gen = torch.Generator().manual_seed(100)
test_moves, test_tags = walks(500, cfg, gen)
model = Tracker(cfg)
opt = torch.optim.Adam(model.parameters(), lr=cfg.lr)
criterion = nn.CrossEntropyLoss()

step = 0
while step < cfg.steps:
    moves, tags = walks(cfg.batch, cfg, gen)
    logits = model(moves)
    loss = criterion(logits.reshape(-1, cfg.n_places), tags.reshape(-1))
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    opt.step()
    step += 1
    if step % 100 == 0:
        with torch.no_grad():
            right = (model(test_moves).argmax(-1) == test_tags).float().mean()
        print(f"step {step}  train loss {loss.item():.3f}  test tags right {right.item():.3f}")
