import random
from collections import deque

import numpy as np
import torch
import torch.nn as nn

PUSH = np.array([-1.0, 0.0, 1.0], dtype=np.float32)


class Cart:
    """Position and speed on a track; push left, do nothing or push right."""

    def __init__(self, rng):
        self.rng = rng

    def reset(self):
        self.t = 0
        self.s = self.rng.uniform([-1, -0.3], [1, 0.3]).astype(np.float32)
        return self.s.copy()

    def step(self, a):
        x, v = self.s
        v = 0.95 * v + 0.15 * PUSH[a]
        x = x + 0.3 * v
        bump = abs(x) > 1.5
        x, v = np.clip(x, -1.5, 1.5), (0.0 if bump else v)
        self.s = np.array([x, v], dtype=np.float32)
        self.t += 1
        reward = 0.5 - abs(x) - (0.5 if bump else 0.0)
        return self.s.copy(), float(reward), self.t >= 40


def q_net():
    return nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 3))


def trial(policy, n=30):
    env, total = Cart(np.random.default_rng(99)), 0.0
    for _ in range(n):
        s, done = env.reset(), False
        while not done:
            with torch.no_grad():
                s, r, done = env.step(policy(torch.from_numpy(s)).argmax().item())
            total += r
    return total / n


torch.manual_seed(6)
random.seed(6)
env = Cart(np.random.default_rng(6))
policy, target_net = q_net(), q_net()
target_net.load_state_dict(policy.state_dict())
optimizer = torch.optim.Adam(policy.parameters(), lr=1e-3)
loss_fn = nn.SmoothL1Loss()
memory = deque(maxlen=5000)
gamma, steps = 0.9, 0

for episode in range(1, 121):
    s, done = env.reset(), False
    eps = max(0.1, 1 - episode / 60)
    while not done:
        if random.random() < eps:
            a = random.randrange(3)
        else:
            with torch.no_grad():
                a = policy(torch.from_numpy(s)).argmax().item()
        s2, r, done = env.step(a)
        memory.append((s, a, r, s2))
        s, steps = s2, steps + 1
        if len(memory) < 200:
            continue
        bs, ba, br, bs2 = zip(*random.sample(memory, 64))
        states, next_states = torch.from_numpy(np.array(bs)), torch.from_numpy(np.array(bs2))
        with torch.no_grad():
            expected = torch.tensor(br) + gamma * target_net(next_states).max(1).values
        q = policy(states).gather(1, torch.tensor(ba).unsqueeze(1)).squeeze(1)
        loss = loss_fn(q, expected)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if steps % 200 == 0:
            target_net.load_state_dict(policy.state_dict())
    if episode % 20 == 0:
        print(f"episode {episode}  loss {loss.item():.4f}  return of the greedy policy {trial(policy):.2f}")
