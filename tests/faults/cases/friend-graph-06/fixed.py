import numpy as np
import torch
from torch import nn


def network(n=600, groups=4, seed=6):
    """Friends are mostly of the same group; what a member fills in says little."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, groups, n)
    same = group[:, None] == group[None, :]
    friends = rng.random((n, n)) < np.where(same, 0.03, 0.003)
    friends = np.triu(friends, 1)
    friends = friends | friends.T
    features = rng.normal(0, 1, (n, 12))
    features[:, :groups] += 0.7 * np.eye(groups)[group]
    return (torch.tensor(features, dtype=torch.float32), torch.tensor(friends, dtype=torch.float32),
            torch.tensor(group))


def neighbour_mean(adjacency):
    degree = adjacency.sum(dim=1, keepdim=True).clamp(min=1)
    return adjacency / degree


class GraphLayer(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.own = nn.Linear(n_in, n_out)
        self.others = nn.Linear(n_in, n_out, bias=False)

    def forward(self, x, mean):
        return self.own(x) + self.others(mean @ x)


class GraphNet(nn.Module):
    def __init__(self, n_in, hidden, n_out):
        super().__init__()
        self.first = GraphLayer(n_in, hidden)
        self.second = GraphLayer(hidden, n_out)

    def forward(self, x, mean):
        h = torch.relu(self.first(x, mean))
        return self.second(h, mean)


torch.manual_seed(6)
x, adjacency, y = network()
mean = neighbour_mean(adjacency)
shuffled = torch.randperm(len(y))
train, test = shuffled[:300], shuffled[300:]

net = GraphNet(12, 16, 4)
optimizer = torch.optim.Adam(net.parameters(), lr=0.01, weight_decay=1e-2)
criterion = nn.CrossEntropyLoss()
for epoch in range(1, 61):
    net.train()
    optimizer.zero_grad()
    loss = criterion(net(x, mean)[train], y[train])
    loss.backward()
    optimizer.step()
    if epoch % 10 == 0:
        net.eval()
        with torch.no_grad():
            out = net(x, mean)[test]
        print(f"epoch {epoch} loss {loss.item():.3f} test loss {criterion(out, y[test]).item():.3f} "
              f"test accuracy {(out.argmax(1) == y[test]).float().mean().item():.3f}")
