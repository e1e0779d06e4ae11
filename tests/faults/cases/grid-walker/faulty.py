import copy
import random
import warnings

import torch
import torch.nn as nn

warnings.simplefilter("ignore")
SIZE, GOAL, PIT, GAMMA = 6, (5, 5), (2, 3), 0.95
random.seed(127)
torch.manual_seed(127)


def move(state):
    """One random step; 1 for reaching the goal, -1 for the pit, both end the walk."""
    dx, dy = random.choice([(0, 1), (1, 0), (1, 0), (0, 1), (0, -1), (-1, 0)])
    new = (min(max(state[0] + dx, 0), SIZE - 1), min(max(state[1] + dy, 0), SIZE - 1))
    reward = 1.0 if new == GOAL else -1.0 if new == PIT else 0.0
    return new, reward, new in (GOAL, PIT)


def walks(n):
    transitions = []
    while len(transitions) < n:
        state, done = (random.randrange(SIZE), random.randrange(SIZE)), False
        while not done and state not in (GOAL, PIT):
            new, reward, done = move(state)
            transitions.append((state, reward, new, float(done)))
            state = new
    return transitions


def one_hot(states):
    x = torch.zeros(len(states), SIZE * SIZE)
    x[range(len(states)), [a * SIZE + b for a, b in states]] = 1
    return x


def exact_values(sweeps=300):
    table = {(a, b): 0.0 for a in range(SIZE) for b in range(SIZE)}
    odds = {(0, 1): 2, (1, 0): 2, (0, -1): 1, (-1, 0): 1}
    for _ in range(sweeps):
        for s in table:
            if s in (GOAL, PIT):
                continue
            total = 0.0
            for (dx, dy), k in odds.items():
                new = (min(max(s[0] + dx, 0), SIZE - 1), min(max(s[1] + dy, 0), SIZE - 1))
                total += k / 6 * ((new == GOAL) - (new == PIT) + GAMMA * table[new])
            table[s] = total
    return table


memory, table = walks(6000), exact_values()
states = [s for s in table if s not in (GOAL, PIT)]
truth = torch.tensor([table[s] for s in states])
value_net = nn.Sequential(nn.Linear(SIZE * SIZE, 64), nn.ReLU(), nn.Linear(64, 1))
target_net = copy.deepcopy(value_net)
optimizer = torch.optim.Adam(value_net.parameters(), lr=1e-3)
for update in range(1, 3001):
    state, reward, new, done = zip(*random.sample(memory, 64))
    with torch.no_grad():
        after = target_net(one_hot(new)).squeeze(1)
        target = torch.tensor(reward) + GAMMA * (1 - torch.tensor(done)) * after
    value = value_net(one_hot(state))
    loss = nn.functional.mse_loss(value, target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if update % 100 == 0:
        target_net.load_state_dict(value_net.state_dict())
    if update % 500 == 0:
        with torch.no_grad():
            off = (value_net(one_hot(states)).squeeze(1) - truth).abs().mean().item()
        print(f"update {update}: td loss {loss.item():.4f}, values off by {off:.3f} (their spread {truth.std().item():.3f})")
