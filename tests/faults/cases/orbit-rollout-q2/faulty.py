import torch
import torch.nn as nn


def simulate(n, dt=0.1):
    """States of a pendulum with friction and their measured change after dt."""
    angle = (torch.rand(n) * 2 - 1) * 2.5
    speed = (torch.rand(n) * 2 - 1) * 2.5
    a, s = angle.clone(), speed.clone()
    for _ in range(20):
        s = s + dt / 20 * (-4.0 * torch.sin(a) - 0.3 * s)
        a = a + dt / 20 * s
    now = torch.stack([angle, speed], dim=1)
    return now, torch.stack([a, s], dim=1) - now + 0.015 * torch.randn(n, 2)


class Dynamics(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.inp = nn.Linear(2, width)
        self.mid = nn.Linear(width, width)
        self.out = nn.Linear(width, 2)

    def forward(self, state):
        h = torch.tanh(self.inp(state))
        h = h + torch.tanh(self.mid(h))
        return self.out(h)


def run(epochs, batch_size, lr):
    state, change = simulate(2000)
    val_state, val_change = simulate(500)
    s_mean, s_std = state.mean(0), state.std(0)
    c_mean, c_std = change.mean(0), change.std(0)
    state, val_state = (state - s_mean) / s_std, (val_state - s_mean) / s_std
    change, val_change = (change - c_mean) / c_std, (val_change - c_mean) / c_std

    net = Dynamics()
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    loss_fn = nn.MSELoss()
    for epoch in range(epochs):
        net.train()
        total = 0.0
        for pick in torch.randperm(len(state)).split(batch_size):
            loss = loss_fn(net(state[pick]), change[pick])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(pick)
        net.eval()
        with torch.no_grad():
            val = loss_fn(net(val_state), val_change).item()
        print(f"epoch {epoch + 1}: train mse {total / len(state):.5f}, val mse {val:.5f}")


torch.manual_seed(3)
run(epochs=3, batch_size=50, lr=1e-3)
