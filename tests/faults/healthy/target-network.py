import copy
import random
from collections import deque

import torch
from torch import nn

random.seed(0)
torch.manual_seed(0)
GAMMA, BATCH = 0.95, 64


class Corridor:
    """Eleven cells; a small reward on the left, a big one on the right."""

    def reset(self):
        self.cell, self.left = 5, 30
        return self.cell

    def step(self, action):
        self.cell += 1 if action == 1 else -1
        self.left -= 1
        reward = {0: 0.3, 10: 1.0}.get(self.cell, 0.0)
        return self.cell, reward, self.cell in (0, 10) or self.left == 0


def encode(cells):
    return nn.functional.one_hot(torch.tensor(cells), 11).float()


q_net = nn.Sequential(nn.Linear(11, 32), nn.ReLU(), nn.Linear(32, 2))
target_net = copy.deepcopy(q_net)
target_net.eval()
optimizer = torch.optim.Adam(q_net.parameters(), lr=1e-3)
memory = deque(maxlen=3000)
env, steps, rewards = Corridor(), 0, []

for episode in range(1, 301):
    state, done, total = env.reset(), False, 0.0
    epsilon = max(0.05, 1.0 - episode / 150)
    while not done:
        if random.random() < epsilon:
            action = random.randrange(2)
        else:
            with torch.no_grad():
                action = q_net(encode([state])).argmax(1).item()
        after, reward, done = env.step(action)
        memory.append((state, action, reward, after, float(done)))
        state, total, steps = after, total + reward, steps + 1
        if len(memory) >= 200 and steps % 2 == 0:
            s, a, r, s2, d = zip(*random.sample(memory, BATCH))
            with torch.no_grad():
                best = target_net(encode(s2)).max(1).values
                wanted = torch.tensor(r) + GAMMA * best * (1 - torch.tensor(d))
            q = q_net(encode(s)).gather(1, torch.tensor(a).unsqueeze(1)).squeeze(1)
            loss = nn.functional.smooth_l1_loss(q, wanted)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_value_(q_net.parameters(), 1.0)
            optimizer.step()
        if steps % 200 == 0:
            target_net.load_state_dict(q_net.state_dict())
    rewards.append(total)
    if episode % 50 == 0:
        print(f"episode {episode}: epsilon {epsilon:.2f} mean reward of the last 50 {sum(rewards[-50:]) / 50:.3f} loss {loss.item():.5f}")
