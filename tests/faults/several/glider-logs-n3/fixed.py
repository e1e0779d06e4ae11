import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(5)


def simulate(n):
    """Sink rate of a glider from airspeed, bank, mass, flap, density and brake (all scaled to -1..1)."""
    u = torch.rand(n, 6) * 2 - 1
    speed = 30 + 14 * u[:, 0]
    bank = 0.9 * u[:, 1]
    mass = 420 + 110 * u[:, 2]
    flap = u[:, 3]
    rho = 1.0 + 0.2 * u[:, 4]
    brake = F.relu(u[:, 5])
    q = 0.5 * rho * speed**2
    lift = mass * 9.81 / torch.cos(bank) / (q * 11)
    drag = 0.009 + 0.004 * flap**2 + (0.02 + 0.01 * flap) * lift**2 + 0.03 * F.relu(lift - 1.1) + 0.04 * brake
    sink = drag * q * 11 * speed / (mass * 9.81)
    return u * 1.7, torch.log(sink) + 0.03 * torch.randn(n)


class SinkNet(nn.Module):
    def __init__(self, width=64, depth=4):
        super().__init__()
        self.hidden = nn.ModuleList([nn.Linear(6 if i == 0 else width, width) for i in range(depth)])
        self.out = nn.Linear(width, 1)

    def forward(self, x):
        for layer in self.hidden:
            x = F.silu(layer(x))
        return self.out(x).squeeze(-1)


x, y = simulate(6000)
xt, yt = simulate(1000)
y_mean, y_std = y.mean(), y.std()
y, yt = (y - y_mean) / y_std, (yt - y_mean) / y_std

loader = DataLoader(TensorDataset(x, y), batch_size=64, shuffle=True)
net = SinkNet()
opt = torch.optim.Adam(net.parameters(), lr=2e-3)

history = []
for step in range(1, 1501):
    xb, yb = next(iter(loader))
    loss = F.mse_loss(net(xb), yb)
    opt.zero_grad()
    loss.backward()
    opt.step()
    history.append(loss.item())
    if step % 150 == 0:
        with torch.no_grad():
            test = F.mse_loss(net(xt), yt).item()
        print(f"step {step:5d}  mse {sum(history[-150:]) / 150:.4f}  test mse {test:.4f}  test R2 {1 - test / yt.var().item():.3f}")
