import copy

import torch
import torch.nn as nn

SIZE, GAMMA = 7, 0.95
DOCK = (6, 6)
WALLS = {(1, 1), (1, 2), (1, 3), (2, 3), (3, 3), (4, 1), (5, 1), (4, 5), (5, 5), (3, 5)}
MOVES = [(-1, 0), (1, 0), (0, -1), (0, 1)]
CELLS = [(r, c) for r in range(SIZE) for c in range(SIZE) if (r, c) not in WALLS and (r, c) != DOCK]


def step(cell, action):
    r, c = cell[0] + MOVES[action][0], cell[1] + MOVES[action][1]
    if not (0 <= r < SIZE and 0 <= c < SIZE) or (r, c) in WALLS:
        r, c = cell
    return (r, c), -1.0, (r, c) == DOCK


def observe(cells):
    index = torch.tensor([r * SIZE + c for r, c in cells])
    return nn.functional.one_hot(index, SIZE * SIZE).float()


class QNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(SIZE * SIZE, 64)
        self.fc2 = nn.Linear(64, 64)
        self.fc3 = nn.Linear(64, len(MOVES))

    def forward(self, x):
        x = torch.relu(self.fc1(x))
        x = torch.relu(self.fc2(x))
        return torch.relu(self.fc3(x))


def explore(n):
    """Transitions of a robot that moves at random."""
    cell, memory = CELLS[0], []
    for _ in range(n):
        action = int(torch.randint(0, 4, (1,)))
        after, reward, done = step(cell, action)
        memory.append((cell, action, reward, after, done))
        cell = CELLS[int(torch.randint(0, len(CELLS), (1,)))] if done or torch.rand(1) < 0.25 else after
    cells, actions, rewards, afters, dones = zip(*memory)
    return observe(cells), torch.tensor(actions), torch.tensor(rewards), observe(afters), torch.tensor(dones).float()


@torch.no_grad()
def drive(q, limit=40):
    q.eval()
    moves = []
    for cell in CELLS:
        for count in range(1, limit + 1):
            cell, _, done = step(cell, int(q(observe([cell])).argmax()))
            if done:
                break
        moves.append(count if done else None)
    home = [m for m in moves if m is not None]
    return len(home) / len(CELLS), sum(home) / max(len(home), 1)


torch.manual_seed(6)
s, a, r, s2, done = explore(8000)
q = QNetwork()
target = copy.deepcopy(q)
optimizer = torch.optim.Adam(q.parameters(), lr=1e-3)
for update in range(1, 3601):
    q.train()
    i = torch.randint(0, len(s), (64,))
    with torch.no_grad():
        goal = r[i] + GAMMA * (1 - done[i]) * target(s2[i]).max(1).values
    chosen = q(s[i]).gather(1, a[i, None]).squeeze(1)
    loss = nn.functional.smooth_l1_loss(chosen, goal)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if update % 60 == 0:
        target.load_state_dict(q.state_dict())
    if update % 600 == 0:
        share, mean = drive(q)
        print(f"update {update}: td loss {loss.item():.4f}, reaches the dock from {share:.2f} of the cells in {mean:.1f} moves")
