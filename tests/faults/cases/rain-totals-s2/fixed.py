import math
import resource

import torch
from torch import nn

STEPS = 40


class UpdateGateCell(nn.Module):
    """h' = (1 - z) * h + z * tanh(W x + U h), with one gate."""

    def __init__(self, n_in, n_hidden):
        super().__init__()
        bound = 1 / math.sqrt(n_hidden)
        self.w = nn.Parameter(torch.empty(n_in, 2 * n_hidden).uniform_(-bound, bound))
        self.u = nn.Parameter(torch.empty(n_hidden, 2 * n_hidden).uniform_(-bound, bound))
        self.b = nn.Parameter(torch.zeros(2 * n_hidden))

    def forward(self, x, h):
        gate_in, cand_in = (x @ self.w + self.b).chunk(2, dim=1)
        gate_h, cand_h = (h @ self.u).chunk(2, dim=1)
        z = torch.sigmoid(gate_in + gate_h)
        candidate = torch.tanh(cand_in + cand_h)
        return h + z * (candidate - h)


class RainNet(nn.Module):
    def __init__(self, n_hidden=32):
        super().__init__()
        self.n_hidden = n_hidden
        self.cell = UpdateGateCell(2, n_hidden)
        self.readout = nn.Linear(n_hidden, 1)

    def forward(self, x):
        h = x.new_zeros(x.shape[0], self.n_hidden)
        for t in range(x.shape[1]):
            h = self.cell(x[:, t], h)
        return self.readout(h).squeeze(1)


def readings(n):
    """Rain at each step and whether the gauge was open; the target is the rain collected."""
    rain = torch.rand(n, STEPS)
    is_open = (torch.rand(n, STEPS) < 0.25).float()
    total = (rain * is_open).sum(1)
    x = torch.stack([(rain - 0.5) / 0.29, (is_open - 0.25) / 0.43], dim=2)
    return x, (total - 5.0) / 1.7


torch.manual_seed(77)
x_val, y_val = readings(500)
model = RainNet()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
history = []
for step in range(1, 1001):
    x, y = readings(32)
    loss = nn.functional.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    history.append(loss.item())
    if step % 200 == 0:
        with torch.no_grad():
            r2 = 1 - nn.functional.mse_loss(model(x_val), y_val).item() / y_val.var().item()
        recent = sum(history[-100:]) / 100
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"step {step:4d}  loss {recent:.4f}  val R2 {r2:.4f}  peak memory {peak:.0f} MB")
