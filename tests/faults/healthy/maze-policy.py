import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(2)
SIZE = 5
GOAL = torch.tensor([4, 4])
MOVES = torch.tensor([[0, 1], [0, -1], [1, 0], [-1, 0]])


def observe(position):
    return torch.nn.functional.one_hot(position, SIZE).float().flatten(-2)


policy = nn.Sequential(nn.Linear(2 * SIZE, 32), nn.Tanh(), nn.Linear(32, 4))
optimizer = torch.optim.Adam(policy.parameters(), lr=0.01)


def episodes(n, limit=25):
    """n walks at once: log-probabilities (n, t), rewards (n, t) and which steps counted (n, t)."""
    position = torch.randint(0, SIZE - 1, (n, 2))
    done = torch.zeros(n, dtype=torch.bool)
    log_probs, rewards, alive = [], [], []
    for _ in range(limit):
        dist = Categorical(logits=policy(observe(position)))
        action = dist.sample()
        alive.append(~done)
        log_probs.append(dist.log_prob(action))
        position = torch.where(done[:, None], position, (position + MOVES[action]).clamp(0, SIZE - 1))
        arrived = (position == GOAL).all(1) & ~done
        rewards.append(torch.where(arrived, 1.0, -0.04) * (~done))
        done = done | arrived
    return torch.stack(log_probs, 1), torch.stack(rewards, 1), torch.stack(alive, 1).float()


for update in range(1, 201):
    log_prob, reward, alive = episodes(32)
    returns = reward.flip(1).cumsum(1).flip(1)
    baseline = (returns * alive).sum() / alive.sum()
    loss = -(log_prob * (returns - baseline) * alive).sum() / 32
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if update % 40 == 0:
        print(f"update {update}: loss {loss.item():+.3f} mean reward {reward.sum(1).mean():.3f} mean steps {alive.sum(1).mean():.1f}")
