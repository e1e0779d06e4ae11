import numpy as np
import torch
import torch.nn as nn
from dataclasses import dataclass


@dataclass
class Config:
    width: int = 32
    depth: int = 24
    lr: float = 1e-3
    batch_size: int = 64
    epochs: int = 12
    seed: int = 17


def crane(n, rng):
    """Slewing, luffing, telescope, rope, sway and wind; the hook's x, y, z in metres."""
    q = rng.uniform(-1, 1, (n, 6))
    slew, luff, reach = 1.5 * q[:, 0], 0.7 + 0.4 * q[:, 1], 20 + 6 * q[:, 2]
    rope, sway, wind = 9 + 5 * q[:, 3], 0.2 * q[:, 4], 0.5 * q[:, 5]
    radius = reach * np.cos(luff) + rope * np.sin(sway) + wind
    xyz = np.column_stack([
        radius * np.cos(slew),
        radius * np.sin(slew),
        reach * np.sin(luff) - rope * np.cos(sway),
    ])
    return q / 0.577, xyz + rng.normal(0, 0.2, xyz.shape)


class DeepMLP(nn.Module):
    def __init__(self, n_in, n_out, width, depth):
        super().__init__()
        self.first = nn.Linear(n_in, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        self.last = nn.Linear(width, n_out)

    def forward(self, x):
        x = torch.tanh(self.first(x))
        for layer in self.hidden:
            x = torch.tanh(layer(x))
        return self.last(x)


def main(cfg):
    torch.manual_seed(cfg.seed)
    rng = np.random.default_rng(cfg.seed)
    q_train, p_train = crane(3000, rng)
    q_val, p_val = crane(800, rng)
    mean, std = p_train.mean(0), p_train.std(0)
    as_tensor = lambda a: torch.tensor(a, dtype=torch.float32)
    q_train, q_val = as_tensor(q_train), as_tensor(q_val)
    p_train, p_val = as_tensor((p_train - mean) / std), as_tensor((p_val - mean) / std)

    model = DeepMLP(6, 3, cfg.width, cfg.depth)
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr)
    for epoch in range(1, cfg.epochs + 1):
        model.train()
        losses = []
        for idx in torch.randperm(len(q_train)).split(cfg.batch_size):
            loss = nn.functional.mse_loss(model(q_train[idx]), p_train[idx])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        model.eval()
        with torch.no_grad():
            r2 = 1 - nn.functional.mse_loss(model(q_val), p_val).item() / p_val.var().item()
        print(f"epoch {epoch:2d}  train mse {np.mean(losses):.4f}  val R2 {r2:.4f}")


if __name__ == "__main__":
    main(Config())
