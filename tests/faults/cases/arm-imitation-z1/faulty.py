import torch
from torch import nn


def mlp(*sizes):
    parts = []
    for a, b in zip(sizes, sizes[1:]):
        parts += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*parts)


def expert(state):
    """The controller to be imitated: two joint torques from angle, speed and goal of each joint."""
    angle, speed, goal = state.chunk(3, dim=1)
    return torch.clamp(1.8 * torch.sin(goal - angle) - 0.4 * speed, -1, 1)


torch.manual_seed(40)
states = torch.randn(3000, 6)
actions = expert(states) + 0.02 * torch.randn(3000, 2)
demo_s, demo_a = states[:2500], actions[:2500]
test_s, test_a = states[2500:], actions[2500:]

policy = mlp(6, 64, 64, 2)
opt = torch.optim.AdamW(policy.parameters(), lr=3e-3)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=25)
smooth_l1 = nn.SmoothL1Loss()

for epoch in range(25):
    for idx in torch.randperm(2500).split(50):
        opt.zero_grad(set_to_none=True)
        smooth_l1(policy(demo_s[idx]), demo_a[idx]).backward()
        opt.step()
    sched.step()
    if epoch % 6 == 0:
        with torch.inference_mode():
            gap = (policy(test_s) - test_a).abs().mean().item()
        print("epoch %d mean torque gap %.4f" % (epoch, gap))
