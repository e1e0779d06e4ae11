import argparse

import torch
import torch.nn as nn


class ArmModel(nn.Module):
    def __init__(self, n_joints, hidden):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(3 * n_joints, hidden), nn.ELU())
        self.branches = [nn.Sequential(nn.Linear(hidden, 24), nn.ELU(), nn.Linear(24, 1)) for _ in range(n_joints)]

    def forward(self, state):
        h = self.trunk(state)
        return torch.cat([branch(h) for branch in self.branches], dim=1)


def simulate(n, n_joints, gen):
    angle = (torch.rand(n, n_joints, generator=gen) - 0.5) * 4
    speed = torch.randn(n, n_joints, generator=gen)
    torque = torch.randn(n, n_joints, generator=gen)
    pull = torch.sin(angle.cumsum(1))
    acceleration = torque - 0.8 * pull - 0.3 * speed + 0.5 * torque.roll(1, 1) * torch.cos(angle)
    state = torch.cat([angle / 1.15, speed, torque], dim=1)
    return state, acceleration + 0.05 * torch.randn(n, n_joints, generator=gen)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--joints", type=int, default=3)
    parser.add_argument("--hidden", type=int, default=48)
    parser.add_argument("--epochs", type=int, default=20)
    args = parser.parse_args()
    torch.manual_seed(0)
    gen = torch.Generator().manual_seed(0)
    state, acceleration = simulate(3000, args.joints, gen)
    val_state, val_acceleration = simulate(600, args.joints, gen)
    model = ArmModel(args.joints, args.hidden)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, weight_decay=0.3)
    for epoch in range(1, args.epochs + 1):
        model.train()
        losses = []
        for idx in torch.randperm(len(state)).split(50):
            loss = nn.functional.mse_loss(model(state[idx]), acceleration[idx])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        model.eval()
        with torch.no_grad():
            val = nn.functional.mse_loss(model(val_state), val_acceleration).item()
        if epoch % 4 == 0:
            print(f"epoch {epoch:3d} train {sum(losses) / len(losses):.4f} val {val:.4f}")


if __name__ == "__main__":
    main()
