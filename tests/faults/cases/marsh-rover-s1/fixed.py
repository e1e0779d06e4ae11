import copy
import random

import torch
import torch.nn as nn
import torch.nn.functional as F

SIZE, GOAL = 6, (5, 5)
MARSH = {(1, 1), (1, 4), (2, 3), (3, 1), (4, 4), (4, 2)}
MOVES = [(-1, 0), (1, 0), (0, -1), (0, 1)]
GAMMA = 0.95


def step(cell, move):
    row = min(max(cell[0] + MOVES[move][0], 0), SIZE - 1)
    col = min(max(cell[1] + MOVES[move][1], 0), SIZE - 1)
    if (row, col) == GOAL:
        return (row, col), 1.0, True
    if (row, col) in MARSH:
        return (row, col), -1.0, True
    return (row, col), -0.02, False


def one_hot(cells):
    return F.one_hot(torch.tensor([r * SIZE + c for r, c in cells]), SIZE * SIZE).float()


FREE = [(r, c) for r in range(SIZE) for c in range(SIZE) if (r, c) not in MARSH and (r, c) != GOAL]


def record(n):
    """What a rover saw that drove about at random: state, action, reward, next state, done."""
    log = []
    for _ in range(n):
        cell, action = random.choice(FREE), random.randrange(4)
        after, reward, done = step(cell, action)
        log.append((cell, action, reward, after, done))
    cells, actions, rewards, nexts, dones = zip(*log)
    return one_hot(cells), torch.tensor(actions), torch.tensor(rewards), one_hot(nexts), torch.tensor(dones).float()


@torch.no_grad()
def success_rate(q_net):
    """From how many of the free cells the greedy policy gets to the goal."""
    q_net.eval()
    arrived = 0
    for cell in FREE:
        for _ in range(30):
            cell, _, done = step(cell, q_net(one_hot([cell])).argmax().item())
            if done:
                arrived += cell == GOAL
                break
    return arrived / len(FREE)


random.seed(6)
torch.manual_seed(6)
states, actions, rewards, next_states, dones = record(5000)
q_net = nn.Sequential(nn.Linear(SIZE * SIZE, 64), nn.ReLU(), nn.Linear(64, 4))
target_net = copy.deepcopy(q_net)
optimizer = torch.optim.Adam(q_net.parameters(), lr=2e-3)

for update in range(1, 3001):
    q_net.train()
    batch = torch.randint(len(states), (64,))
    q = q_net(states[batch]).gather(1, actions[batch].unsqueeze(1)).squeeze(1)
    with torch.no_grad():
        best_next = target_net(next_states[batch]).max(dim=1).values
        target = rewards[batch] + GAMMA * (1 - dones[batch]) * best_next
    loss = F.mse_loss(q, target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if update % 100 == 0:
        target_net.load_state_dict(q_net.state_dict())
    if update % 300 == 0:
        print(f"update {update}: loss {loss.item():.5f}, reaches the goal from {success_rate(q_net):.2f} of the cells")
