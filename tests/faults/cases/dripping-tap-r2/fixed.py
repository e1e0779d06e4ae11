import resource

import torch
from torch import nn


def taps(n, length, generator):
    """Intervals between drops: a slow swing of two periods, different for every tap, and noise."""
    t = torch.arange(length + 1)
    period = 8 + 8 * torch.rand(n, 1, generator=generator)
    phase = 6.28 * torch.rand(n, 1, generator=generator)
    swing = torch.sin(6.28 * t / period + phase) + 0.5 * torch.sin(12.56 * t / period + 2 * phase)
    series = (swing + 0.1 * torch.randn(n, length + 1, generator=generator)) / 0.8
    return series[:, :-1], series[:, -1:]


class DropPredictor(nn.Module):
    def __init__(self, hidden=24):
        super().__init__()
        self.hidden = hidden
        self.cell = nn.LSTMCell(1, hidden)
        self.readout = nn.Linear(hidden, 1)

    def forward(self, series):
        h = series.new_zeros(len(series), self.hidden)
        c = series.new_zeros(len(series), self.hidden)
        for step in range(series.size(1)):
            h, c = self.cell(series[:, step:step + 1], (h, c))
        return self.readout(h)


torch.manual_seed(2)
g = torch.Generator().manual_seed(2)
x_train, y_train = taps(1600, 40, g)
x_val, y_val = taps(400, 40, g)

model = DropPredictor()
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)

train_curve = []
for epoch in range(1, 13):
    model.train()
    batches = torch.randperm(len(x_train)).split(32)
    for idx in batches:
        loss = criterion(model(x_train[idx]), y_train[idx])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        train_curve.append(loss.item())

    model.eval()
    with torch.no_grad():
        val = criterion(model(x_val), y_val).item()
    if epoch % 4 == 0:
        recent = sum(train_curve[-len(batches):]) / len(batches)
        print(f"epoch {epoch:2d}  train {recent:.4f}  val {val:.4f}")

peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
print(f"val mse {val:.4f} (spread of the target 1.00), peak memory {peak:.0f} MB")
