"""Clone an expert that walks a 9x9 board to the goal (actions: up, down, left, right, stay)."""
import random

import torch
import torch.nn as nn
import torch.nn.functional as F

BOARD = 9


def expert_action(r, c, gr, gc):
    if (r, c) == (gr, gc):
        return 4
    if abs(gr - r) >= abs(gc - c):
        return 0 if gr < r else 1
    return 2 if gc < c else 3


def demonstrations(walks, rng):
    for _ in range(walks):
        r, c, gr, gc = (rng.randrange(BOARD) for _ in range(4))
        while True:
            a = expert_action(r, c, gr, gc)
            yield (r, c, gr, gc), a
            if a == 4:
                break
            r += (a == 1) - (a == 0)
            c += (a == 3) - (a == 2)


def tensors(walks, seed):
    states, actions = zip(*demonstrations(walks, random.Random(seed)))
    return torch.tensor(states, dtype=torch.float32) / (BOARD - 1) * 2 - 1, torch.tensor(actions)


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1, self.l2, self.out = nn.Linear(4, 64), nn.Linear(64, 64), nn.Linear(64, 5)

    def forward(self, s):
        return self.out(torch.tanh(self.l2(torch.tanh(self.l1(s)))))


def success(policy, games, seed):
    """Share of the games in which the clone stands still on the goal after 20 moves."""
    rng = random.Random(seed)
    pos = torch.tensor([[rng.randrange(BOARD) for _ in range(4)] for _ in range(games)])
    moves = torch.tensor([[-1, 0], [1, 0], [0, -1], [0, 1], [0, 0]])
    with torch.no_grad():
        for _ in range(20):
            a = policy(pos / (BOARD - 1) * 2 - 1).argmax(1)
            pos[:, :2] = (pos[:, :2] + moves[a]).clamp(0, BOARD - 1)
    return (pos[:, :2] == pos[:, 2:]).all(1).float().mean().item()


torch.manual_seed(41)
states, actions = tensors(1200, 0)
policy = Policy()
opt = torch.optim.Adam(policy.parameters(), lr=5e-3)
schedule = torch.optim.lr_scheduler.ExponentialLR(opt, 0.85)
for epoch in range(16):
    for idx in torch.randperm(len(states)).split(64):
        opt.zero_grad()
        F.nll_loss(policy(states[idx]), actions[idx]).backward()
        opt.step()
    schedule.step()
    if epoch % 3 == 0:
        print(f"epoch {epoch:2d} reached the goal {success(policy, 500, 7):.3f}")
