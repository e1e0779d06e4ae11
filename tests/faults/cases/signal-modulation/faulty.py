import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

CLASSES = 8


def waveform(k, t, f, p):
    s = torch.sin(2 * math.pi * f * t + p)
    return [
        s,
        torch.sign(s),
        torch.asin(s) / (math.pi / 2),
        torch.frac(f * t + p) * 2 - 1,
        s * torch.cos(2 * math.pi * t),
        torch.sin(2 * math.pi * (f * t + 2 * t * t) + p),
        torch.exp(-3 * t) * s * 1.6,
        torch.randn_like(t) * 0.7,
    ][k]


def signals(n, seed):
    torch.manual_seed(seed)
    t = torch.linspace(0, 1, 96)
    kinds = torch.randint(CLASSES, (n,))
    rows = [waveform(int(k), t, 4 + 4 * torch.rand(1), 6.28 * torch.rand(1)) for k in kinds]
    x = torch.stack(rows) + 0.2 * torch.randn(n, 96)
    return TensorDataset(x.unsqueeze(1), kinds)


class WaveNet1d(nn.Module):
    def __init__(self, n_out):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv1d(1, 24, 9, padding=4), nn.ReLU(), nn.MaxPool1d(3),
            nn.Conv1d(24, 32, 7, padding=3), nn.ReLU(), nn.AdaptiveAvgPool1d(4), nn.Flatten(),
        )
        self.out = nn.Linear(128, n_out)

    def forward(self, x):
        return self.out(self.conv(x))


N_OUT = 1
compute_loss = lambda out, kind: F.mse_loss(out.squeeze(1), kind.float())
predict = lambda out: out.squeeze(1).round().long()

train = DataLoader(signals(2400, 1), batch_size=48, shuffle=True)
test = DataLoader(signals(600, 2), batch_size=600)
torch.manual_seed(0)
model = WaveNet1d(N_OUT)
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)

for epoch in range(10):
    running = 0.0
    for x, kind in train:
        loss = compute_loss(model(x), kind)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        running += loss.item()
    with torch.no_grad():
        x, kind = next(iter(test))
        out = model(x)
    print(f"epoch {epoch}: train {running / len(train):.3f} test {compute_loss(out, kind).item():.3f} "
          f"accuracy {(predict(out) == kind).float().mean().item():.3f}")
