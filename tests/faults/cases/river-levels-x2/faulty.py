import math
import torch
from torch import nn

CONTEXT = 36
SEED = 3
STEPS = 500


def river(days):
    """daily level: season, slow drift, rain that runs off"""
    gen = torch.Generator().manual_seed(SEED)
    rain = torch.rand(days, generator=gen).pow(8) * 4
    eps = 0.08 * torch.randn(days, generator=gen)
    level, soil, out = 0.0, 0.0, []
    for d in range(days):
        soil = 0.9 * soil + 0.3 * rain[d].item()
        level = 0.75 * level + 0.35 * soil + 0.25 * math.sin(2 * math.pi * d / 30)
        out.append(level + eps[d].item())
    return torch.tensor(out)


levels = river(4000)
past, recent = levels[:3200], levels[3200:]
mean, std = past.mean(), past.std()
past, recent = (past - mean) / std, (recent - mean) / std


def draw_windows(series, batch):
    gen = torch.Generator().manual_seed(SEED)
    start = torch.randint(0, len(series) - CONTEXT, (batch,), generator=gen)
    window = series[start[:, None] + torch.arange(CONTEXT + 1)]
    return window[:, :-1, None], window[:, -1]


class Forecaster(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.gru = nn.GRU(1, width, batch_first=True)
        self.head = nn.Linear(width, 1)

    def forward(self, x):
        states, _ = self.gru(x)
        return self.head(states[:, -1]).squeeze(1)


torch.manual_seed(SEED)
model = Forecaster()
optimiser = torch.optim.Adam(model.parameters(), lr=4e-3)
step = 0
while step < STEPS:
    x, y = draw_windows(past, 48)
    loss = nn.functional.mse_loss(model(x), y)
    optimiser.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    step += 1
    if step % 50 == 0:
        model.eval()
        with torch.no_grad():
            x, y = draw_windows(recent, 600)
            test = nn.functional.mse_loss(model(x), y).item()
        model.train()
        print("step %d: train mse %.4f, mse on the last two years %.4f" % (step, loss.item(), test))
