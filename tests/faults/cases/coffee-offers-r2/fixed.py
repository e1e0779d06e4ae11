import torch
import torch.nn as nn
from torch.distributions import Categorical

torch.manual_seed(55)

OFFERS = 4
taste = torch.randn(10, OFFERS)


def guests(n):
    return torch.randn(n, 10)


def chance(state):
    """How likely each offer is taken by each guest."""
    return torch.sigmoid(1.2 * (state @ taste) - 1.0)


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.affine1 = nn.Linear(10, 64)
        self.affine2 = nn.Linear(64, OFFERS)

    def forward(self, state):
        return Categorical(logits=self.affine2(torch.relu(self.affine1(state))))


policy = Policy()
optimizer = torch.optim.Adam(policy.parameters(), lr=3e-3)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=800, gamma=0.3)
test_guests = guests(2000)
best = chance(test_guests).max(dim=1).values.mean().item()
running = None


def finish_episode(dist, action, reward):
    global running
    baseline = reward.mean()
    running = baseline.item() if running is None else 0.95 * running + 0.05 * baseline.item()
    policy_loss = -(dist.log_prob(action) * (reward - baseline)).mean() - 0.001 * dist.entropy().mean()
    optimizer.zero_grad()
    policy_loss.backward()
    optimizer.step()
    scheduler.step()


@torch.no_grad()
def evaluate():
    policy.eval()
    choice = policy(test_guests).probs.argmax(dim=1, keepdim=True)
    return chance(test_guests).gather(1, choice).mean().item()


for episode in range(1, 1601):
    policy.train()
    state = guests(128)
    dist = policy(state)
    action = dist.sample()
    reward = torch.bernoulli(chance(state).gather(1, action.unsqueeze(1)).squeeze(1))
    finish_episode(dist, action, reward)
    if episode % 200 == 0:
        print(f"episode {episode}  running reward {running:.3f}  greedy reward {evaluate():.3f}  best possible {best:.3f}")
