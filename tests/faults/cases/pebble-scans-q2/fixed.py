import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(10)
POINTS = 300
SOLIDS = ["lump", "cube", "rod", "disc", "ring"]


def surface(kind, n):
    """n clouds of one solid, turned at random, with measurement noise, scaled to unit spread."""
    p = torch.randn(n, POINTS, 3)
    if kind == 0:
        p = p * 0.5
    elif kind == 1:
        p = p / p.abs().amax(dim=2, keepdim=True)
    elif kind == 2:
        flat = p[..., :2] / p[..., :2].norm(dim=2, keepdim=True)
        p = torch.cat([0.5 * flat, torch.rand(n, POINTS, 1) * 4 - 2], dim=2)
    elif kind == 3:
        flat = p[..., :2] / p[..., :2].norm(dim=2, keepdim=True) * torch.rand(n, POINTS, 1).sqrt()
        p = torch.cat([flat, 0.1 * p[..., 2:]], dim=2)
    else:
        flat = p[..., :2] / p[..., :2].norm(dim=2, keepdim=True)
        p = torch.cat([flat, 0.1 * p[..., 2:]], dim=2)
    turn = torch.linalg.qr(torch.randn(n, 3, 3))[0]
    p = p @ turn + 0.1 * torch.randn(n, POINTS, 3)
    return p / p.std(dim=(1, 2), keepdim=True)


def dataset(per_class):
    x = torch.cat([surface(k, per_class) for k in range(5)])
    y = torch.arange(5).repeat_interleave(per_class)
    return x, y


class DeepSet(nn.Module):
    def __init__(self):
        super().__init__()
        self.phi = nn.Sequential(nn.Linear(3, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU())
        self.rho1 = nn.Linear(32, 32)
        self.rho2 = nn.Linear(32, 32)
        self.out = nn.Linear(32, 5)

    def forward(self, points):
        h = self.phi(points).mean(dim=1)
        h = torch.tanh(self.rho1(h))
        h = torch.tanh(self.rho2(h))
        return self.out(h)


x_train, y_train = dataset(160)
x_val, y_val = dataset(60)
net = DeepSet()
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=30)

for epoch in range(1, 31):
    net.train()
    total = 0.0
    for idx in torch.randperm(len(x_train)).split(40):
        loss = F.cross_entropy(net(x_train[idx]), y_train[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx)
    scheduler.step()
    net.eval()
    with torch.no_grad():
        logits = net(x_val)
    val_loss = F.cross_entropy(logits, y_val).item()
    acc = (logits.argmax(1) == y_val).float().mean().item()
    print(f"{epoch:2d} train {total / len(x_train):.3f} val {val_loss:.3f} acc {acc:.3f}")
