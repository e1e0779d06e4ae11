import resource

import torch
import torch.nn as nn
import torch.nn.functional as F

STEPS = 40
torch.manual_seed(13)


def gestures(n):
    kind = torch.randint(0, 4, (n,))
    t = torch.linspace(0, 6.28, STEPS)
    speed = torch.tensor([1.0, 2.0, 1.0, 2.0])[kind, None]
    sign = torch.tensor([1.0, 1.0, -1.0, -1.0])[kind, None]
    phase = torch.rand(n, 1) * 6.28
    xy = torch.stack([torch.cos(speed * t + phase), sign * torch.sin(speed * t + phase)], dim=2)
    return xy + 0.3 * torch.randn_like(xy), kind


class GestureNet(nn.Module):
    def __init__(self, hidden=24):
        super().__init__()
        self.hidden = hidden
        self.w_in = nn.Linear(2, 3 * hidden)
        self.w_state = nn.Linear(hidden, 3 * hidden)
        self.out = nn.Linear(hidden, 4)

    def forward(self, xy):
        h = xy.new_zeros(len(xy), self.hidden)
        for t in range(xy.size(1)):
            r_x, z_x, n_x = self.w_in(xy[:, t]).chunk(3, dim=1)
            r_h, z_h, n_h = self.w_state(h).chunk(3, dim=1)
            r, z = torch.sigmoid(r_x + r_h), torch.sigmoid(z_x + z_h)
            h = (1 - z) * torch.tanh(n_x + r * n_h) + z * h
        return self.out(h)


def megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


train_x, train_y = gestures(2400)
val_x, val_y = gestures(500)
net = GestureNet()
optimizer = torch.optim.Adam(net.parameters(), lr=4e-3)
history, first = [], None

for epoch in range(10):
    for idx in torch.randperm(len(train_x)).split(32):
        loss = F.cross_entropy(net(train_x[idx]), train_y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(loss)
    with torch.no_grad():
        acc = (net(val_x).argmax(1) == val_y).float().mean().item()
    first = first or megabytes()
    mean = sum(float(v) for v in history[-75:]) / 75
    print(f"epoch {epoch + 1} loss {mean:.3f} accuracy {acc:.3f} memory {first:.0f} MB, now {megabytes():.0f} MB")
