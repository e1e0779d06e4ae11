import argparse
import torch
from torch import nn


def season(days, gen):
    """rain and snow melt of the last two weeks and the level three days later; the spread grows with the rain"""
    rain = torch.relu(torch.randn(days + 14, generator=gen)) * 2
    melt = 1 + torch.sin(torch.arange(days + 14) / 58.0)
    past = torch.stack([rain, melt]).unfold(1, 14, 1)[:, :days].permute(1, 0, 2)
    weights = torch.exp(-torch.arange(13, -1, -1) / 4.0)
    inflow = (past[:, 0] * weights).sum(1) * (0.5 + 0.5 * past[:, 1, -1])
    level = inflow + (0.3 + 0.15 * inflow) * torch.randn(days, generator=gen)
    return past, level


def pinball(observed, forecast, q):
    short = observed - forecast
    return torch.maximum(q * short, (q - 1) * short).mean()


def main(days=4000, q=0.9, lr=2e-3, epochs=12, batch=50):
    gen = torch.Generator().manual_seed(19)
    torch.manual_seed(19)
    past, level = season(days, gen)
    later_past, later_level = season(1000, gen)
    net = nn.Sequential(nn.Flatten(), nn.Linear(28, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 1), nn.Flatten(0))
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    shrink = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.85)
    for epoch in range(1, epochs + 1):
        net.train()
        total = 0.0
        for rows in torch.randperm(days).split(batch):
            loss = pinball(net(past[rows]), level[rows], q)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        shrink.step()
        net.eval()
        with torch.no_grad():
            f = net(later_past)
        if epoch % 3 == 0:
            under = (later_level <= f).float().mean().item()
            print(f"epoch {epoch:2d}: pinball {total / days:.3f}; later {under:.1%} of the days stay under the forecast (wanted {q:.0%})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=int, default=4000)
    parser.add_argument("--q", type=float, default=0.9)
    main(**vars(parser.parse_args([])))
