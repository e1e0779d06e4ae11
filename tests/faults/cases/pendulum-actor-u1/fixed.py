import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

MAX_TORQUE = 3.0


class ExpertBuffer:
    def __init__(self, size, seed):
        rng = np.random.default_rng(seed)
        theta = rng.uniform(-np.pi, np.pi, size)
        speed = rng.uniform(-6, 6, size)
        swing = 1.0 * speed * (np.cos(theta) < 0.3)
        hold = (-8 * np.sin(theta) - 1.5 * speed) * (np.cos(theta) >= 0.3)
        torque = np.clip(swing + hold, -MAX_TORQUE, MAX_TORQUE)
        self.obs = torch.tensor(np.stack([np.cos(theta), np.sin(theta), speed / 3], 1), dtype=torch.float32)
        self.act = torch.tensor(torque[:, None], dtype=torch.float32)

    def sample(self, n):
        i = torch.randint(0, len(self.obs), (n,))
        return self.obs[i], self.act[i]


class Actor(nn.Module):
    def __init__(self, obs_dim=3, act_dim=1, hidden=96):
        super().__init__()
        self.l1 = nn.Linear(obs_dim, hidden)
        self.l2 = nn.Linear(hidden, hidden)
        self.l3 = nn.Linear(hidden, act_dim)

    def forward(self, s):
        a = F.relu(self.l1(s))
        a = F.relu(self.l2(a))
        return MAX_TORQUE * torch.tanh(self.l3(a))


class BCAgent:
    def __init__(self, lr=2e-3):
        self.actor = Actor()
        self.optim = torch.optim.Adam(self.actor.parameters(), lr=lr)

    def update(self, buffer, n=128):
        obs, act = buffer.sample(n)
        loss = F.mse_loss(self.actor(obs), act)
        self.optim.zero_grad()
        loss.backward()
        self.optim.step()
        return loss.item()

    @torch.no_grad()
    def mean_error(self, buffer):
        return (self.actor(buffer.obs) - buffer.act).abs().mean().item()


torch.manual_seed(0)
demos, unseen = ExpertBuffer(20000, 0), ExpertBuffer(2000, 1)
agent = BCAgent()
recent = []
for t in range(1, 2001):
    recent.append(agent.update(demos))
    if t % 400 == 0:
        print(f"update {t} bc_loss {np.mean(recent[-100:]):.4f} mean torque error on unseen states {agent.mean_error(unseen):.3f} Nm")
