from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass
class Config:
    demos: int = 60
    horizon: int = 50
    hidden: int = 48
    batch: int = 80
    epochs: int = 16
    lr: float = 2e-3
    seed: int = 8


def expert(state: Tensor) -> Tensor:
    """Hand-tuned controller, newtons."""
    pos, vel, ang, spin = state.unbind(-1)
    force = 1.6 * pos + 2.6 * vel + 32.0 * torch.sin(ang) + 7.0 * spin
    return force.clamp(-12, 12)


def advance(state: Tensor, force: Tensor, dt: float = 0.04) -> Tensor:
    pos, vel, ang, spin = state.unbind(-1)
    ang_acc = (9.8 * torch.sin(ang) - torch.cos(ang) * (force + 0.05 * spin**2 * torch.sin(ang)) / 1.1) / (
        0.5 * (4 / 3 - 0.1 * torch.cos(ang) ** 2 / 1.1)
    )
    acc = (force + 0.05 * (spin**2 * torch.sin(ang) - ang_acc * torch.cos(ang))) / 1.1
    return torch.stack([pos + dt * vel, vel + dt * acc, ang + dt * spin, spin + dt * ang_acc], -1)


def demonstrations(cfg: Config) -> tuple[Tensor, Tensor]:
    state = torch.randn(cfg.demos, 4) * torch.tensor([0.8, 0.8, 0.25, 0.5])
    states, forces = [], []
    for _ in range(cfg.horizon):
        u = expert(state)
        states.append(state)
        forces.append(u)
        state = advance(state, u + torch.randn_like(u))
    return torch.cat(states), torch.cat(forces)


class Policy(nn.Module):
    def __init__(self, hidden: int):
        super().__init__()
        self.l1 = nn.Linear(4, hidden)
        self.l2 = nn.Linear(hidden, hidden)
        self.force = nn.Linear(hidden, 1)

    def forward(self, state: Tensor) -> Tensor:
        h = torch.relu(self.l1(state))
        h = torch.relu(self.l2(h))
        return torch.tanh(self.force(h)).squeeze(-1)


@torch.no_grad()
def drive(policy: Policy, steps: int = 150) -> tuple[float, float]:
    state = torch.randn(200, 4) * torch.tensor([0.8, 0.8, 0.25, 0.5])
    gap = (policy(state) - expert(state)).abs().mean().item()
    up = torch.ones(200, dtype=torch.bool)
    for _ in range(steps):
        state = advance(state, policy(state))
        up &= state[:, 2].abs() < 1.0
    return gap, up.float().mean().item()


cfg = Config()
torch.manual_seed(cfg.seed)
S, U = demonstrations(cfg)
policy = Policy(cfg.hidden)
opt = torch.optim.Adam(policy.parameters(), lr=cfg.lr)
for epoch in range(cfg.epochs):
    running = 0.0
    for rows in torch.randperm(len(S)).split(cfg.batch):
        miss = (policy(S[rows]) - U[rows]).abs()
        # Huber with delta 1
        loss = torch.where(miss < 1, 0.5 * miss**2, miss - 0.5).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        running += loss.item() * len(rows)
    if epoch % 4 == 3:
        gap, upright = drive(policy)
        print(f"epoch {epoch + 1:2d}  imitation loss {running / len(S):.3f}  gap {gap:.2f} N  still upright {upright:.2f}")
