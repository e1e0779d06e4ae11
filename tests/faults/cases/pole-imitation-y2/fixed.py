from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass
class Config:
    max_torque: float = 2.0
    hidden: int = 64
    lr: float = 2e-3
    batch: int = 64
    epochs: int = 15
    seed: int = 9


class Policy(nn.Module):
    def __init__(self, cfg: Config) -> None:
        super().__init__()
        self.max_torque = cfg.max_torque
        self.layers = nn.ModuleList([nn.Linear(3, cfg.hidden), nn.Linear(cfg.hidden, cfg.hidden)])
        self.action = nn.Linear(cfg.hidden, 1)

    def forward(self, obs: Tensor) -> Tensor:
        for layer in self.layers:
            obs = torch.relu(layer(obs))
        return self.max_torque * torch.tanh(self.action(obs)).squeeze(-1)


def demonstrations(n: int, cfg: Config) -> tuple[Tensor, Tensor]:
    theta = (torch.rand(n) * 2 - 1) * 1.5
    omega = torch.randn(n)
    torque = (-2.6 * theta - 0.9 * omega).clamp(-cfg.max_torque, cfg.max_torque)
    torque = (torque + 0.05 * torch.randn(n)).clamp(-cfg.max_torque, cfg.max_torque)
    return torch.stack([theta.cos(), theta.sin(), omega], dim=1), torque


def train(cfg: Config) -> None:
    torch.manual_seed(cfg.seed)
    obs, torque = demonstrations(4000, cfg)
    test_obs, test_torque = demonstrations(1000, cfg)
    policy = Policy(cfg)
    optimizer = torch.optim.Adam(policy.parameters(), lr=cfg.lr)
    for epoch in range(cfg.epochs):
        policy.train()
        for rows in torch.randperm(len(obs)).split(cfg.batch):
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(policy(obs[rows]), torque[rows])
            loss.backward()
            optimizer.step()
        policy.eval()
        with torch.no_grad():
            test = nn.functional.mse_loss(policy(test_obs), test_torque).item()
        print(f"epoch {epoch + 1:2d}: imitation error {test:.4f} (variance of the torque {test_torque.var():.2f})")


if __name__ == "__main__":
    train(Config())
