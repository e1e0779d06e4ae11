import logging
from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

logging.basicConfig(level=logging.INFO, format="%(message)s")
log = logging.getLogger("boom")


@dataclass(frozen=True)
class Settings:
    samples: int = 5000
    hidden_units: int = 96
    hidden_layers: int = 2
    learning_rate: float = 3e-3
    batch_size: int = 64
    epochs: int = 30
    seed: int = 7


def bucket_positions(n):
    """Angles of swing, boom, stick and bucket (radians) and the tip's x, y, z in metres."""
    low = torch.tensor([-1.5, -0.6, -2.3, -1.8])
    high = torch.tensor([1.5, 1.1, -0.5, 0.9])
    angles = low + (high - low) * torch.rand(n, 4)
    swing, boom, stick, bucket = angles.T
    second, third = boom + stick, boom + stick + bucket
    reach = 5.7 * torch.cos(boom) + 2.9 * torch.cos(second) + 1.5 * torch.cos(third)
    height = 5.7 * torch.sin(boom) + 2.9 * torch.sin(second) + 1.5 * torch.sin(third)
    tip = torch.stack([reach * torch.cos(swing), reach * torch.sin(swing), height], dim=1)
    return angles, tip


def build(settings):
    widths = [4] + [settings.hidden_units] * settings.hidden_layers
    layers = []
    for a, b in zip(widths, widths[1:]):
        layers += [nn.Linear(a, b), nn.SiLU()]
    return nn.Sequential(*layers, nn.Linear(widths[-1], 3))


def main(settings):
    torch.manual_seed(settings.seed)
    angles, tip = bucket_positions(settings.samples)
    split = int(0.8 * settings.samples)
    scale = tip[:split].std(0)
    x = (angles - angles[:split].mean(0)) / angles[:split].std(0)
    y = (tip - tip[:split].mean(0)) / scale
    loader = DataLoader(TensorDataset(x[:split], y[:split]), batch_size=settings.batch_size, shuffle=True)

    model = build(settings)
    optimizer = torch.optim.Adam(model.parameters(), lr=settings.learning_rate)
    for epoch in range(settings.epochs):
        model.train()
        total = 0.0
        for xb, yb in loader:
            loss = nn.functional.mse_loss(model(xb), yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(xb)
        model.eval()
        with torch.no_grad():
            out = model(x[split:])
            val = nn.functional.mse_loss(out, y[split:]).item()
            off = ((out - y[split:]) * scale).norm(dim=1).mean().item()
        log.info("epoch %d: train mse %.4f, val mse %.4f", epoch + 1, total / split, val)
    print(f"validation mse {val:.4f}, mean distance to the true tip {off:.3f} m")


main(Settings())
