from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass
class Config:
    joints: int = 3
    width: int = 64
    blocks: int = 3
    steps: int = 1500
    batch: int = 128
    lr: float = 2e-3


def hand_position(angles: Tensor) -> Tensor:
    """Planar arm, link lengths 1, 0.7 and 0.4; each joint turns relative to the link before."""
    total = angles.cumsum(dim=1)
    lengths = torch.tensor([1.0, 0.7, 0.4])
    return torch.stack([(lengths * total.cos()).sum(1), (lengths * total.sin()).sum(1)], dim=1)


class Block(nn.Module):
    def __init__(self, width: int, activation: type[nn.Module] = nn.SiLU):
        super().__init__()
        self.up = nn.Linear(width, 2 * width)
        self.activation = activation()
        self.down = nn.Linear(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.down(self.activation(self.up(x)))


class ArmNet(nn.Module):
    def __init__(self, cfg: Config):
        super().__init__()
        self.inlet = nn.Linear(cfg.joints, cfg.width)
        self.blocks = nn.Sequential(*(Block(cfg.width) for _ in range(cfg.blocks)))
        self.outlet = nn.Linear(cfg.width, 2)

    def forward(self, angles: Tensor) -> Tensor:
        return self.outlet(self.blocks(self.inlet(angles)))


def sample(n: int, cfg: Config, gen: torch.Generator) -> tuple[Tensor, Tensor]:
    angles = 3.0 * (torch.rand(n, cfg.joints, generator=gen) - 0.5)
    return angles, hand_position(angles)


def train(cfg: Config) -> None:
    torch.manual_seed(31)
    gen = torch.Generator().manual_seed(31)
    model = ArmNet(cfg)
    optimizer = torch.optim.AdamW(model.parameters(), lr=cfg.lr)
    test_angles, test_hand = sample(1000, cfg, gen)
    for step in range(1, cfg.steps + 1):
        model.train()
        angles, hand = sample(cfg.batch, cfg, gen)
        loss = nn.functional.smooth_l1_loss(model(angles), hand)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 300 == 0:
            model.eval()
            with torch.no_grad():
                off = (model(test_angles) - test_hand).norm(dim=1).mean().item()
            print(f"step {step}: loss {loss.item():.5f}, hand off by {off:.4f} on average")


if __name__ == "__main__":
    train(Config())
