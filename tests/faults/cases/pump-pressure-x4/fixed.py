import torch
from torch import nn

torch.manual_seed(6)


def make_batch(size, steps=40):
    """Valve openings in, pressure of a leaky tank with a saturating pump out."""
    valve = torch.rand(size, steps).round() * 2 - 1
    p = torch.zeros(size)
    out = []
    for t in range(steps):
        p = 0.8 * p + 0.4 * torch.tanh(valve[:, t] + 0.5 * p)
        out.append(p)
    return valve, torch.stack(out, 1) + 0.02 * torch.randn(size, steps)


class Tank(nn.Module):
    def __init__(self, units=24):
        super().__init__()
        self.units = units
        self.cell = nn.GRUCell(1, units)
        self.read = nn.Linear(units, 1)

    def forward(self, valve):
        h = valve.new_zeros(len(valve), self.units)
        readings = []
        for v in valve.unbind(1):
            h = self.cell(v.unsqueeze(1), h)
            readings.append(self.read(h))
        return torch.cat(readings, 1)


tank = Tank()
optimizer = torch.optim.Adam(tank.parameters(), lr=4e-3)
criterion = nn.MSELoss()
test_valve, test_pressure = make_batch(200)
smooth = None

step = 0
while step < 300:
    valve, pressure = make_batch(32)
    optimizer.zero_grad()
    loss = criterion(tank(valve), pressure)
    loss.backward()
    nn.utils.clip_grad_norm_(tank.parameters(), 1.0)
    optimizer.step()
    smooth = loss.item() if smooth is None else 0.97 * smooth + 0.03 * loss.item()
    step += 1
    if step % 50 == 0:
        print(f"step {step} smoothed loss {smooth:.5f}")

with torch.no_grad():
    print(f"test mse {criterion(tank(test_valve), test_pressure).item():.5f} (variance {test_pressure.var().item():.4f})")
