import math

import torch
import torch.nn as nn


def simulate(n, gen, steps=40, dt=0.05):
    theta = (torch.rand(n, generator=gen) * 2 - 1) * 0.7 * math.pi
    omega = 0.5 * torch.randn(n, generator=gen)
    length = 0.5 + torch.rand(n, generator=gen)
    start = torch.stack([theta.sin(), theta.cos(), omega, (length - 1) / 0.29], 1)
    for _ in range(steps):
        omega = omega + dt * (-9.81 / length * theta.sin() - 0.3 * omega)
        theta = theta + dt * omega
    return start, torch.stack([theta.sin(), theta.cos(), omega / 3], 1)


def run(epochs, lr=2e-3, batch=64):
    gen = torch.Generator().manual_seed(14)
    torch.manual_seed(14)
    x, y = simulate(5000, gen)
    x_val, y_val = simulate(1000, gen)
    model = nn.Sequential(nn.Linear(4, 96), nn.SiLU(), nn.Linear(96, 96), nn.SiLU(), nn.Linear(96, 3))
    opt = torch.optim.Adam(model.parameters(), lr=lr)
    loss_fn = nn.MSELoss()
    for epoch in range(epochs):
        model.train()
        for idx in torch.randperm(len(x)).split(batch):
            loss = loss_fn(model(x[idx]), y[idx])
            opt.zero_grad()
            loss.backward()
            opt.step()
        model.eval()
        with torch.no_grad():
            train, val = loss_fn(model(x), y).item(), loss_fn(model(x_val), y_val).item()
        if (epoch + 1) % max(1, epochs // 10) == 0:
            print(f"epoch {epoch + 1:3d}  train mse {train:.4f}  val mse {val:.4f}")


if __name__ == "__main__":
    run(epochs=60)
