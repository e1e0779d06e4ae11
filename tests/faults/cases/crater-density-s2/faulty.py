import math

import torch
from torch import nn
from torch.utils.data import DataLoader


class Coupling(nn.Module):
    def __init__(self, flip, hidden=48):
        super().__init__()
        self.flip = flip
        self.net = nn.Sequential(nn.Linear(1, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh(), nn.Linear(hidden, 2))

    def forward(self, x):
        a, b = x.chunk(2, dim=1)
        if self.flip:
            a, b = b, a
        log_scale, shift = self.net(a).chunk(2, dim=1)
        log_scale = 2 * torch.tanh(log_scale / 2)
        b = b * torch.exp(log_scale) + shift
        out = torch.cat([b, a] if self.flip else [a, b], dim=1)
        return out, log_scale.squeeze(1)


class Flow(nn.Module):
    def __init__(self, n_layers=8):
        super().__init__()
        self.layers = nn.ModuleList(Coupling(flip=bool(i % 2)) for i in range(n_layers))

    def log_prob(self, x):
        log_det = torch.zeros(len(x))
        for layer in self.layers:
            x, d = layer(x)
            log_det = log_det + d
        base = -0.5 * (x ** 2).sum(dim=1) - math.log(2 * math.pi)
        return base + log_det


def impacts(n, seed):
    """Most fragments land on a rim, some on a ray to the north-east."""
    g = torch.Generator().manual_seed(seed)
    angle = 2 * math.pi * torch.rand(n, generator=g)
    radius = 1.5 + 0.12 * torch.randn(n, generator=g)
    rim = torch.stack([radius * torch.cos(angle), radius * torch.sin(angle)], dim=1)
    along = 1.5 + 1.5 * torch.rand(n, 1, generator=g)
    ray = along * torch.tensor([[0.7, 0.7]]) + 0.08 * torch.randn(n, 2, generator=g)
    on_ray = torch.rand(n, 1, generator=g) < 0.25
    return torch.where(on_ray, ray, rim) / 1.15


torch.manual_seed(52)
loader = DataLoader(impacts(4000, 0), batch_size=100, shuffle=True)
held_out = impacts(1000, 1)
flow = Flow()
optimizer = torch.optim.Adam(flow.parameters(), lr=2e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)

for epoch in range(1, 21):
    flow.train()
    total = 0.0
    for x in loader:
        optimizer.zero_grad()
        loss = -flow.log_prob(x).mean()
        loss.backward()
        nn.utils.clip_grad_norm_(flow.parameters(), 5.0)
        total += loss.item()
    scheduler.step()
    flow.eval()
    with torch.no_grad():
        nll = -flow.log_prob(held_out).mean().item()
    if epoch % 4 == 0:
        print(f"epoch {epoch:2d}: training NLL {total / len(loader):.3f}, held-out NLL {nll:.3f} nats")
