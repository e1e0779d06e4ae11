import torch
import torch.nn as nn
from torch.distributions import Categorical

SIDE = 9
MOVES = [(dx, dy) for dx in range(-2, 3) for dy in range(-2, 3)]  # 25 king-like moves of the expert


def expert(agent, goal):
    d = (goal - agent).clamp(-2, 2)
    return (d[:, 0] + 2) * 5 + d[:, 1] + 2


def demonstrations(n):
    agent = torch.randint(0, SIDE, (n, 2))
    goal = torch.randint(0, SIDE, (n, 2))
    obs = torch.cat([agent, goal], dim=1).float() / (SIDE - 1) * 2 - 1
    return obs, expert(agent, goal)


class Policy(nn.Module):
    def __init__(self, hidden=64):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU())
        self.actor = nn.Linear(hidden, len(MOVES))

    def forward(self, obs):
        return Categorical(logits=self.actor(self.body(obs)))

    @torch.no_grad()
    def act(self, obs):
        return self(obs).probs.argmax(-1)


def behaviour_cloning(policy, obs, actions, iterations=3000, batch=128):
    optimizer = torch.optim.Adam(policy.parameters(), lr=2e-3)
    cross_entropy = nn.CrossEntropyLoss()
    for it in range(1, iterations + 1):
        pick = torch.randint(len(obs), (batch,))
        pi = policy(obs[pick])
        loss = -pi.log_prob(actions[pick]).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if it % 500 == 0:
            yield it, loss.item()


torch.manual_seed(17)
obs, actions = demonstrations(4000)
test_obs, test_actions = demonstrations(1000)
policy = Policy()
for it, loss in behaviour_cloning(policy, obs, actions):
    agree = (policy.act(test_obs) == test_actions).float().mean().item()
    print(f"iteration {it}  loss {loss:.3f}  agreement with expert {agree:.3f}")
