import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

MAX_TORQUE = 2.0
DT = 0.05
G, M, L = 10.0, 1.0, 1.0


def expert(theta, omega):
    """pump energy far from the top, hold it near the top"""
    theta = (theta + np.pi) % (2 * np.pi) - np.pi
    energy = 0.5 * omega ** 2 + G * (np.cos(theta) - 1)
    swing = -0.6 * omega * energy / 5
    hold = -12.0 * theta - 3.0 * omega
    near = 1 / (1 + np.exp(10 * (np.abs(theta) - 0.5)))
    u = near * hold + (1 - near) * swing
    return np.clip(u, -MAX_TORQUE, MAX_TORQUE)


def advance(theta, omega, u):
    omega = omega + DT * (1.5 * G / L * np.sin(theta) + 3 / (M * L ** 2) * u)
    omega = np.clip(omega, -8, 8)
    return theta + DT * omega, omega


def observe(theta, omega):
    return np.stack([np.cos(theta), np.sin(theta), omega / 8], -1).astype(np.float32)


def demonstrations(episodes, steps, rng):
    theta = rng.uniform(-np.pi, np.pi, episodes)
    omega = rng.uniform(-4, 4, episodes)
    obs, act = [], []
    for _ in range(steps):
        u = expert(theta, omega)
        obs.append(observe(theta, omega))
        act.append(u.astype(np.float32))
        theta, omega = advance(theta, omega, u + rng.normal(0, 0.6, episodes))
    return torch.from_numpy(np.concatenate(obs)), torch.from_numpy(np.concatenate(act))


class Policy(nn.Module):
    def __init__(self, hidden: int = 64):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU())
        self.torque = nn.Linear(hidden, 1)

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        return torch.tanh(self.torque(self.body(obs))).squeeze(-1)


def main():
    rng = np.random.default_rng(8)
    torch.manual_seed(8)
    obs, act = demonstrations(100, 80, rng)
    val_obs, val_act = demonstrations(30, 80, rng)
    policy = Policy()
    optim = torch.optim.Adam(policy.parameters(), lr=2e-3)
    for epoch in range(1, 37):
        policy.train()
        running = []
        for rows in torch.randperm(len(obs)).split(100):
            optim.zero_grad()
            loss = F.mse_loss(policy(obs[rows]), act[rows])
            loss.backward()
            optim.step()
            running.append(loss.item())
        policy.eval()
        with torch.no_grad():
            val = F.mse_loss(policy(val_obs), val_act).item()
        if epoch % 4 == 0:
            print(f"epoch {epoch} imitation loss {np.mean(running):.4f} on new episodes {val:.4f}")


if __name__ == "__main__":
    main()
