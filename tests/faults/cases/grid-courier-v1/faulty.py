import copy
import random

import torch
import torch.nn as nn

YARD = [
    "......#",
    ".##.#..",
    "..#.#.#",
    "#.....#",
    "..#....",
    ".#..#.G",
]
MOVES = [(-1, 0), (1, 0), (0, -1), (0, 1)]
CELLS = [(r, c) for r, row in enumerate(YARD) for c, ch in enumerate(row) if ch != "#"]
NUMBER = {cell: i for i, cell in enumerate(CELLS)}
GAMMA = 0.9


def step(cell, action):
    r, c = cell[0] + MOVES[action][0], cell[1] + MOVES[action][1]
    nxt = (r, c) if (r, c) in NUMBER else cell
    done = YARD[nxt[0]][nxt[1]] == "G"
    return nxt, float(done), done


def fill_replay(n):
    memory = []
    while len(memory) < n:
        cell = random.choice([c for c in CELLS if YARD[c[0]][c[1]] != "G"])
        action = random.randrange(4)
        nxt, reward, done = step(cell, action)
        memory.append((NUMBER[cell], action, reward, NUMBER[nxt], float(done)))
    return memory


def one_hot(cells):
    return torch.eye(len(CELLS))[cells]


def arrivals(policy_net):
    """Share of all starting cells from which the greedy courier arrives within 25 moves."""
    policy_net.eval()
    starts = [c for c in CELLS if YARD[c[0]][c[1]] != "G"]
    with torch.no_grad():
        best = policy_net(torch.eye(len(CELLS))).argmax(1).tolist()
    arrived = 0
    for cell in starts:
        for _ in range(25):
            cell, _, done = step(cell, best[NUMBER[cell]])
            if done:
                arrived += 1
                break
    return arrived / len(starts)


random.seed(0)
torch.manual_seed(0)
memory = fill_replay(4000)
policy_net = nn.Sequential(nn.Linear(len(CELLS), 64), nn.ReLU(), nn.Linear(64, 4))
target_net = copy.deepcopy(policy_net)
optimizer = torch.optim.Adam(policy_net.parameters(), lr=2e-3)

for it in range(1, 3001):
    policy_net.train()
    s, a, r, s2, done = zip(*random.sample(memory, 64))
    r, done = torch.tensor(r), torch.tensor(done)
    q = policy_net(one_hot(list(s))).gather(1, torch.tensor(a).unsqueeze(1))
    with torch.no_grad():
        target = r + GAMMA * (1 - done) * target_net(one_hot(list(s2))).max(1).values
    td_error = target - q
    loss = td_error.pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if it % 50 == 0:
        target_net.load_state_dict(policy_net.state_dict())
    if it % 500 == 0:
        print(f"update {it}  td loss {loss.item():.5f}  arrivals from all cells {arrivals(policy_net):.3f}")
