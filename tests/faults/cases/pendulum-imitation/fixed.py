import argparse
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

MAX_TORQUE = 2.0


def expert(theta, speed):
    """Pumps energy while the pendulum hangs, balances it when it is nearly upright."""
    energy = 0.5 * speed ** 2 + 9.81 * (torch.cos(theta) - 1)
    pump = torch.clamp(-0.3 * energy, -2, 2) * torch.tanh(3 * speed)
    balance = -(12 * theta + 3 * speed)
    near = torch.sigmoid(8 * (torch.cos(theta) - 0.7))
    return torch.clamp(near * balance + (1 - near) * pump, -MAX_TORQUE, MAX_TORQUE)


def demonstrations(n):
    theta = (torch.rand(n) * 2 - 1) * math.pi
    speed = 2.5 * torch.randn(n)
    state = torch.stack([theta.cos(), theta.sin(), speed / 2.5], dim=1)
    return state, expert(theta, speed)


class Actor(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.l1 = nn.Linear(3, hidden)
        self.l2 = nn.Linear(hidden, hidden)
        self.mu = nn.Linear(hidden, 1)

    def forward(self, state):
        h = F.relu(self.l1(state))
        h = F.relu(self.l2(h))
        return MAX_TORQUE * torch.tanh(self.mu(h)).squeeze(-1)


def main(args):
    torch.manual_seed(args.seed)
    states, torques = demonstrations(8000)
    test_states, test_torques = demonstrations(1500)
    actor = Actor(args.hidden)
    optimizer = torch.optim.Adam(actor.parameters(), lr=args.lr)
    for epoch in range(args.epochs):
        actor.train()
        total = 0.0
        for idx in torch.randperm(len(states)).split(args.batch_size):
            loss = F.mse_loss(actor(states[idx]), torques[idx])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(idx)
        if (epoch + 1) % 5 == 0:
            actor.eval()
            with torch.no_grad():
                mse = F.mse_loss(actor(test_states), test_torques).item()
            print(f"epoch {epoch + 1:3d} | train mse {total / len(states):.4f} | test mse {mse:.4f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--hidden", type=int, default=64)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    main(parser.parse_args())
