import torch
import torch.nn as nn
from torch.nn.utils.parametrizations import weight_norm


def shards(n):
    """Outlines in polar form, 32 radii each: bowl, jar, plate, jug, lamp."""
    angle = torch.linspace(0, 2 * torch.pi, 33)[:-1]
    kind = torch.randint(5, (n,))
    turn = (torch.rand(n) - 0.5)[:, None]
    waves = torch.tensor([[0.3, 0, 0], [0, 0.3, 0], [0, 0, 0.3], [0.2, 0.2, 0], [0, 0.2, 0.2]])[kind]
    r = 1 + sum(waves[:, k : k + 1] * torch.cos((k + 2) * (angle + turn)) for k in range(3))
    r = r + 0.12 * torch.randn(n, 32)
    return (r - 1) * 3, kind


class ShapeNet(nn.Module):
    def __init__(self, width=48):
        super().__init__()
        self.first = nn.Linear(32, width)
        self.second = nn.Linear(width, width)
        self.third = nn.Linear(width, 5)

    def forward(self, r):
        return self.third(torch.relu(self.second(torch.relu(self.first(r)))))


torch.manual_seed(5)
x, y = shards(1500)
x_test, y_test = shards(500)

net = ShapeNet()
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
for layer in (net.first, net.second, net.third):
    weight_norm(layer)

iteration = 0
while iteration < 450:
    pick = torch.randint(len(x), (50,))
    logits = net(x[pick])
    # multi-class hinge: the right score has to lead every other by one
    right = logits.gather(1, y[pick, None])
    lag = (1 + logits - right).clamp(min=0)
    loss = (lag.sum(1) - 1).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    iteration += 1
    if iteration % 75 == 0:
        with torch.no_grad():
            accuracy = (net(x_test).argmax(1) == y_test).float().mean()
        print(f"{iteration:4d} hinge {loss.item():.3f} test accuracy {accuracy:.3f}")
