import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

STEPS, DIRECTIONS = 20, 24


def gestures(n, rng):
    kind = rng.integers(0, 4, n)
    t = np.arange(STEPS) / STEPS
    heading = np.where(kind == 0, 0, np.where(kind == 1, 1, np.where(kind == 2, -1, 0)))[:, None] * t
    heading = heading + (kind == 3)[:, None] * (t > 0.5) * 0.5
    heading = heading + rng.random((n, 1)) + rng.normal(0, 0.02, (n, STEPS))
    return torch.tensor(np.floor((heading % 1) * DIRECTIONS).astype(np.int64)), torch.tensor(kind)


class GestureNet(nn.Module):
    def __init__(self, dim=4, hidden=32):
        super().__init__()
        self.direction = nn.Embedding.from_pretrained(torch.randn(DIRECTIONS, dim) * 0.05)
        self.gru = nn.GRU(dim, hidden)
        self.out = nn.Linear(hidden, 4)

    def forward(self, steps):
        states, _ = self.gru(self.direction(steps))
        return self.out(states[:, -1])


torch.manual_seed(12)
rng = np.random.default_rng(12)
loader = DataLoader(TensorDataset(*gestures(2000, rng)), batch_size=50, shuffle=True)
x_test, y_test = gestures(600, rng)
net = GestureNet()
optimizer = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], lr=1e-2)
criterion = nn.CrossEntropyLoss()
for epoch in range(1, 13):
    net.train()
    losses = []
    for steps, kind in loader:
        loss = criterion(net(steps), kind)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    net.eval()
    with torch.no_grad():
        acc = (net(x_test).argmax(1) == y_test).float().mean().item()
    print(f"epoch {epoch} loss {np.mean(losses):.4f} test accuracy {acc:.3f}")
