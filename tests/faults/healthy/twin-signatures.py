import random

import torch
import torch.nn.functional as F
from torch import nn

random.seed(1)
torch.manual_seed(1)
N_PEOPLE, LENGTH = 60, 40
time = torch.linspace(0, 1, LENGTH)
habit = torch.randn(N_PEOPLE, 6)


def signature(person):
    a = habit[person] + 0.12 * torch.randn(6)
    stroke = a[0] * torch.sin(6.28 * time) + a[1] * torch.sin(12.57 * time) + a[2] * torch.cos(6.28 * time) \
        + a[3] * torch.cos(18.85 * time) + a[4] * time + a[5] * torch.sin(18.85 * time)
    return stroke / 1.8 + 0.05 * torch.randn(LENGTH)


def pairs(n, people):
    left, right, far = [], [], []
    for _ in range(n):
        one = random.choice(people)
        other = one if random.random() < 0.5 else random.choice(people)
        left.append(signature(one))
        right.append(signature(other))
        far.append(float(one != other))
    return torch.stack(left), torch.stack(right), torch.tensor(far)


class Twin(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(LENGTH, 48), nn.ReLU(), nn.Linear(48, 8))

    def forward(self, a, b):
        return F.pairwise_distance(self.net(a), self.net(b))


def contrastive_loss(distance, far, margin=1.0):
    return torch.mean((1 - far) * distance.pow(2) + far * F.relu(margin - distance).pow(2))


seen, unseen = list(range(40)), list(range(40, N_PEOPLE))
val = pairs(600, unseen)
model = Twin()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
total = 0.0
for step in range(1, 501):
    a, b, far = pairs(32, seen)
    model.train()
    loss = contrastive_loss(model(a, b), far)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    total += loss.item()
    if step % 100 == 0:
        model.eval()
        with torch.no_grad():
            distance = model(val[0], val[1])
        acc = ((distance > 0.5).float() == val[2]).float().mean().item()
        print(f"step {step}: loss {total / 100:.4f}, pairs of unseen people right {acc:.3f}")
        total = 0.0
