import math

import torch
from torch import nn


class Pendulum(nn.Module):
    """Simulates a damped pendulum; its constants are to be found from a measured swing."""

    def __init__(self, dt=0.04):
        super().__init__()
        self.dt = dt
        self.gravity_over_length = nn.Parameter(torch.tensor(6.0))
        self.start_angle = nn.Parameter(torch.tensor(0.8))
        self.damping = torch.tensor(0.05, requires_grad=True)

    def forward(self, steps):
        angle, speed = self.start_angle, torch.zeros(())
        path = []
        for _ in range(steps):
            pull = -self.gravity_over_length * torch.sin(angle) - self.damping * speed
            speed = speed + self.dt * pull
            angle = angle + self.dt * speed
            path.append(angle)
        return torch.stack(path)


torch.manual_seed(0)
with torch.no_grad():
    real = Pendulum()
    real.gravity_over_length.fill_(7.2)
    real.start_angle.fill_(1.1)
    real.damping.fill_(0.55)
    measured = real(120) + 0.01 * torch.randn(120)

model = Pendulum()
optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
step = 0
while step < 150:
    simulated = model(120)
    loss = nn.functional.mse_loss(simulated, measured)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    step += 1
    if step % 25 == 0:
        print(
            f"step {step} rms error {math.sqrt(loss.item()):.4f} rad, g/l {model.gravity_over_length.item():.2f},"
            f" start {model.start_angle.item():.2f}, damping {model.damping.item():.3f}"
        )
