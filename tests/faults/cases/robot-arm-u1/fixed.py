"""Behaviour cloning of a two-joint reaching controller."""
import torch
from torch import nn, Tensor


def expert(state: Tensor) -> Tensor:
    """Torques of the analytic controller for (joint angles, joint speeds, target)."""
    q, dq, target = state[:, :2], state[:, 2:4], state[:, 4:]
    reach = torch.stack([q[:, 0].cos() + q.sum(1).cos(), q[:, 0].sin() + q.sum(1).sin()], dim=1)
    jac_a = torch.stack([-reach[:, 1], reach[:, 0]], dim=1)
    jac_b = torch.stack([-q.sum(1).sin(), q.sum(1).cos()], dim=1)
    err = target - reach
    torque = torch.stack([(jac_a * err).sum(1), (jac_b * err).sum(1)], dim=1)
    return 0.6 * torque - 0.3 * dq


class Policy(nn.Module):
    def __init__(self, n_state: int = 6, n_action: int = 2, width: int = 96, temperature: float = 1.0) -> None:
        super().__init__()
        self.temperature = temperature
        self.inp = nn.Linear(n_state, width)
        self.mid = nn.Linear(width, width)
        self.out = nn.Linear(width, n_action)

    def squash(self, z: Tensor) -> Tensor:
        return torch.tanh(z / self.temperature)

    def forward(self, state: Tensor) -> Tensor:
        h = self.squash(self.inp(state))
        h = self.squash(self.mid(h))
        return self.out(h)


def main(steps: int = 2500, batch: int = 128, lr: float = 3e-3) -> None:
    torch.manual_seed(9)
    low = torch.tensor([-1.5, -1.5, -1.0, -1.0, -1.5, -1.5])
    states = low + torch.rand(6000, 6) * (-2 * low)
    actions = expert(states)
    demo, held = (states[:5000], actions[:5000]), (states[5000:], actions[5000:])

    policy = Policy()
    optimizer = torch.optim.Adam(policy.parameters(), lr=lr)
    scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, total_iters=steps)
    for step in range(1, steps + 1):
        pick = torch.randint(0, 5000, (batch,))
        loss = nn.functional.mse_loss(policy(demo[0][pick]), demo[1][pick])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        if step % 500 == 0:
            with torch.no_grad():
                miss = nn.functional.mse_loss(policy(held[0]), held[1]).item()
            print(f"step {step:5d}  clone loss {loss.item():.4f}  held-out {miss / held[1].var().item():.4f} of variance")


if __name__ == "__main__":
    main()
