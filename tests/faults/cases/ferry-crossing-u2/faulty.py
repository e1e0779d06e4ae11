import copy
import random
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclass
class Config:
    size: int = 8
    gamma: float = 0.95
    lr: float = 1e-3
    batch: int = 128
    updates: int = 2500
    sync: int = 50
    seed: int = 3


MOVES = [(0, 1), (0, -1), (1, 0), (-1, 0)]


class River:
    """Start anywhere on the left bank, land at the jetty; rocks cost."""

    def __init__(self, size, rng):
        self.size, self.rng = size, rng
        self.jetty = (size - 1, 2)
        self.rocks = {(3, y) for y in range(size) if y != 6} | {(5, y) for y in range(1, size)}

    def reset(self):
        self.pos = (0, self.rng.integers(self.size))
        return self.pos

    def step(self, a):
        dx, dy = MOVES[a]
        x, y = self.pos
        nx, ny = min(max(x + dx, 0), self.size - 1), min(max(y + dy, 0), self.size - 1)
        if (nx, ny) in self.rocks:
            return self.pos, -0.3, False
        self.pos = (nx, ny)
        return self.pos, (1.0 if self.pos == self.jetty else -0.01), self.pos == self.jetty


def encode(pos, size):
    v = np.zeros(2 * size, dtype=np.float32)
    v[pos[0]], v[size + pos[1]] = 1, 1
    return v


def collect(env, size, n=12000):
    log, s = [], env.reset()
    for t in range(n):
        if t % 15 == 0:
            env.pos = s = (int(env.rng.integers(size)), int(env.rng.integers(size)))
        a = int(env.rng.integers(4))
        s2, r, done = env.step(a)
        log.append((encode(s, size), a, r, encode(s2, size), float(done)))
        s = env.reset() if done else s2
    cols = list(zip(*log))
    return (torch.tensor(np.array(cols[0])), torch.tensor(cols[1]), torch.tensor(cols[2]),
            torch.tensor(np.array(cols[3])), torch.tensor(cols[4]))


def play(q, env, size, episodes=100):
    arrived = 0
    for _ in range(episodes):
        s = env.reset()
        for _ in range(60):
            with torch.no_grad():
                a = q(torch.from_numpy(encode(s, size))).argmax().item()
            s, _, done = env.step(a)
            if done:
                arrived += 1
                break
    return arrived / episodes


cfg = Config()
torch.manual_seed(cfg.seed)
env = River(cfg.size, np.random.default_rng(cfg.seed))
S, A, R, S2, D = collect(env, cfg.size)
q_net = nn.Sequential(nn.Linear(2 * cfg.size, 96), nn.ReLU(), nn.Linear(96, 96), nn.ReLU(), nn.Linear(96, 4))
target_net = copy.deepcopy(q_net)
optim = torch.optim.Adam(q_net.parameters(), lr=cfg.lr)

for it in range(1, cfg.updates + 1):
    i = torch.randint(len(S), (cfg.batch,))
    q_sa = q_net(S[i]).gather(1, A[i].unsqueeze(1))
    with torch.no_grad():
        best_next = target_net(S2[i]).max(dim=1).values
        target = R[i] + cfg.gamma * (1 - D[i]) * best_next
    td_loss = F.smooth_l1_loss(q_sa, target)
    optim.zero_grad()
    td_loss.backward()
    optim.step()
    if it % cfg.sync == 0:
        target_net.load_state_dict(q_net.state_dict())
    if it % 500 == 0:
        print(f"update {it} td loss {td_loss.item():.5f} arrived {play(q_net, env, cfg.size):.2f}")
