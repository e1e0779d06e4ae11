import copy
import random

import torch
from torch import nn

SIZE, GOAL, GAMMA = 6, (5, 5), 0.9
SHELVES = {(1, 1), (1, 2), (1, 3), (3, 2), (3, 3), (3, 4), (4, 0), (4, 4)}
MOVES = [(-1, 0), (1, 0), (0, -1), (0, 1)]
CELLS = [(r, c) for r in range(SIZE) for c in range(SIZE) if (r, c) not in SHELVES]


def move(cell, action):
    """Each step costs one, up to the packing station; shelves and walls stop the robot."""
    row, col = cell[0] + MOVES[action][0], cell[1] + MOVES[action][1]
    if not (0 <= row < SIZE and 0 <= col < SIZE) or (row, col) in SHELVES:
        row, col = cell
    return (row, col), -1.0, (row, col) == GOAL


def encode(cells):
    x = torch.zeros(len(cells), SIZE * SIZE)
    x[torch.arange(len(cells)), torch.tensor([r * SIZE + c for r, c in cells])] = 1.0
    return x


def mlp(sizes):
    layers = []
    for n_in, n_out in zip(sizes[:-1], sizes[1:]):
        layers += [nn.Linear(n_in, n_out), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


@torch.no_grad()
def mean_steps(q, limit=40):
    """Greedy walks from every cell."""
    q.eval()
    steps = []
    for start in CELLS:
        cell, n = start, 0
        while cell != GOAL and n < limit:
            cell, _, _ = move(cell, int(q(encode([cell])).argmax()))
            n += 1
        steps.append(n)
    return sum(steps) / len(steps)


random.seed(3)
torch.manual_seed(3)
memory = []
for _ in range(3000):
    cell, action = random.choice([c for c in CELLS if c != GOAL]), random.randrange(4)
    memory.append((cell, action, *move(cell, action)))
states = encode([m[0] for m in memory])
actions = torch.tensor([m[1] for m in memory])
next_states = encode([m[2] for m in memory])
rewards = torch.tensor([m[3] for m in memory])
done = torch.tensor([float(m[4]) for m in memory])

q = mlp([SIZE * SIZE, 64, 64, 4])
target = copy.deepcopy(q)
optimizer = torch.optim.Adam(q.parameters(), lr=2e-3)
for sweep in range(1, 41):
    q.train()
    total = 0.0
    for idx in torch.randperm(len(memory)).split(64):
        with torch.no_grad():
            goal = rewards[idx] + GAMMA * (1 - done[idx]) * target(next_states[idx]).max(1).values
        value = q(states[idx]).gather(1, actions[idx, None]).squeeze(1)
        loss = nn.functional.smooth_l1_loss(value, goal)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx)
    target.load_state_dict(q.state_dict())
    if sweep % 5 == 0:
        print(f"sweep {sweep}: td loss {total / len(memory):.4f}, mean steps to the packing station {mean_steps(q):.2f}")
