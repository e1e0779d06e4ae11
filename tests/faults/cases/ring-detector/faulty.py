import torch
import torch.nn as nn
import torch.nn.functional as F

gen = torch.Generator().manual_seed(107)
torch.manual_seed(107)


def ring(n):
    """Half of the points between the radii 1 and 1.6, half anywhere else."""
    label = (torch.rand(n, generator=gen) < 0.5).float()
    angle = torch.rand(n, generator=gen) * 6.2832
    inner = torch.rand(n, generator=gen) * 0.95
    outer = 1.65 + torch.rand(n, generator=gen) * 0.8
    other = torch.where(torch.rand(n, generator=gen) < 0.5, inner, outer)
    radius = torch.where(label > 0, 1 + 0.6 * torch.rand(n, generator=gen), other)
    return torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1), label


class RingNet(nn.Module):
    def __init__(self, widths=(48, 48)):
        super().__init__()
        self.hidden = nn.ModuleList()
        last = 2
        for w in widths:
            self.hidden.append(nn.Linear(last, w))
            last = w
        self.out = nn.Linear(last, 1)

    def forward(self, p):
        for layer in self.hidden:
            p = F.elu(layer(p))
        return self.out(p).squeeze(1)


def probability(score):
    return score.clamp(0.0, 1.0)


points, label = ring(2500)
points_val, label_val = ring(800)
net = RingNet()
criterion = nn.BCELoss()
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)

for epoch in range(16):
    net.train()
    running = torch.zeros(())
    for idx in torch.randperm(len(points)).split(50):
        loss = criterion(probability(net(points[idx])), label[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        running += loss.detach() * len(idx)
    net.eval()
    with torch.no_grad():
        p = probability(net(points_val))
    right = ((p > 0.5).float() == label_val).float().mean().item()
    if epoch % 3 == 0:
        print(f"epoch {epoch}: train {running.item() / len(points):.3f}, validation {criterion(p, label_val).item():.3f}, right {right:.3f}")
