"""DQN for a small inventory problem: how many spare parts to order each evening."""
import copy

import numpy as np
import torch
import torch.nn as nn

CAPACITY, ORDERS, GAMMA = 12, 5, 0.9
rng = np.random.default_rng(12)
torch.manual_seed(12)


def step(stock, weekday, order):
    """Returns reward and next state; busy on three days of the week."""
    stock = np.minimum(stock + order, CAPACITY)
    demand = rng.poisson(np.where(weekday < 3, 3.0, 1.0))
    sold = np.minimum(stock, demand)
    reward = 1.0 * sold - 0.12 * (stock - sold) - 0.3 * (order > 0) - 0.8 * (demand - sold)
    return reward / 2, stock - sold, (weekday + 1) % 6


def features(stock, weekday):
    stock = torch.as_tensor(stock, dtype=torch.float32)[:, None] / CAPACITY * 2 - 1
    day = nn.functional.one_hot(torch.as_tensor(weekday), 6).float()
    return torch.cat([stock, day], dim=1)


def explore(n):
    stock, weekday = rng.integers(0, CAPACITY + 1, n), rng.integers(0, 6, n)
    order = rng.integers(0, ORDERS, n)
    reward, stock2, weekday2 = step(stock, weekday, order)
    return (features(stock, weekday), torch.as_tensor(order),
            torch.as_tensor(reward, dtype=torch.float32), features(stock2, weekday2))


def average_profit(policy, shops=300, days=60):
    stock, weekday = np.full(shops, 4), np.zeros(shops, dtype=np.int64)
    total = 0.0
    for _ in range(days):
        reward, stock, weekday = step(stock, weekday, policy(stock, weekday))
        total += 2 * reward.mean() / days
    return total


@torch.no_grad()
def greedy(stock, weekday):
    return q_net(features(stock, weekday)).argmax(dim=1).numpy()


q_net = nn.Sequential(nn.Linear(7, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, ORDERS))
target_net = copy.deepcopy(q_net)
optimizer = torch.optim.Adam(q_net.parameters(), lr=1e-3)

state, action, reward, next_state = explore(20000)
random_profit = average_profit(lambda s, d: rng.integers(0, ORDERS, len(s)))
running = 0.0
for update in range(1, 3001):
    pick = torch.randint(len(state), (128,))
    q = q_net(state[pick]).gather(1, action[pick].unsqueeze(1))
    with torch.no_grad():
        best_next = target_net(next_state[pick]).max(dim=1).values
        target = reward[pick] + GAMMA * best_next
    loss = ((q - target) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    running += loss.item() / 500
    if update % 50 == 0:
        target_net.load_state_dict(q_net.state_dict())
    if update % 500 == 0:
        print(f"update {update}: td loss {running:.3f}, profit per day {average_profit(greedy):.3f} (random orders {random_profit:.3f})")
        running = 0.0
