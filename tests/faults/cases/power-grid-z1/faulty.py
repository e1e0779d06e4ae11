import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(23)
torch.manual_seed(23)

# a grid of 300 stations, linked to near neighbours
n = 300
place = rng.random((n, 2))
dist = np.linalg.norm(place[:, None] - place[None], axis=2)
links = (dist < 0.16).astype(np.float32)
adjacency = torch.from_numpy(links)
load = rng.normal(size=(n, 4))
spread = links / links.sum(1, keepdims=True)
smooth = spread @ spread @ load
target = 3 * np.tanh(2 * smooth[:, 0]) + 4 * smooth[:, 1] * smooth[:, 2] + 2 * smooth[:, 3]
target = (target - target.mean()) / target.std()
x = torch.tensor(load, dtype=torch.float32)
y = torch.tensor(target, dtype=torch.float32)
order = torch.randperm(n)
seen, unseen = order[:220], order[220:]


class GraphLayer(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.neighbours = nn.Linear(a, b)
        self.own = nn.Linear(a, b)

    def forward(self, h, adj):
        return self.neighbours(adj @ h) + self.own(h)


class GraphNet(nn.Module):
    def __init__(self, width=32, depth=4):
        super().__init__()
        sizes = [4] + [width] * depth
        self.layers = nn.ModuleList([GraphLayer(a, b) for a, b in zip(sizes, sizes[1:])])
        self.out = nn.Linear(width, 1)

    def forward(self, h, adj):
        for layer in self.layers:
            h = torch.relu(layer(h, adj))
        return self.out(h).squeeze(-1)


model = GraphNet()
optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
decay = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 600)
for epoch in range(600):
    pred = model(x, adjacency)
    loss = ((pred - y)[seen] ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    decay.step()
    if epoch % 100 == 99:
        with torch.no_grad():
            rest = ((model(x, adjacency) - y)[unseen] ** 2).mean().item()
        print(f"epoch {epoch + 1}: loss {loss.item():.4f}, unseen stations {rest:.4f}")
