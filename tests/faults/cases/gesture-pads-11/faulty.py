import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

GESTURES = ["tap", "hold", "left", "right", "up", "down"]


def recordings(n, seed):
    rng = np.random.default_rng(seed)
    centers = np.random.default_rng(11).normal(0, 0.55, (len(GESTURES), 20))
    y = rng.integers(0, len(GESTURES), n)
    x = centers[y] + rng.normal(0, 1.0, (n, 20))
    return TensorDataset(torch.tensor(x, dtype=torch.float32), torch.tensor(y))


def loaders(dataset, batch_size=32):
    n_val = len(dataset) // 4
    dataset_train, dataset_val = random_split(dataset, [len(dataset) - n_val, n_val])
    loader_train = DataLoader(dataset_train, batch_size=batch_size, shuffle=True)
    loader_val = DataLoader(dataset_train, batch_size=batch_size, shuffle=False)
    return loader_train, loader_val


class PadNet(nn.Module):
    def __init__(self, width=128):
        super().__init__()
        self.fc1 = nn.Linear(20, width)
        self.drop = nn.Dropout(0.3)
        self.fc2 = nn.Linear(width, len(GESTURES))

    def forward(self, x):
        return self.fc2(self.drop(F.relu(self.fc1(x))))


def evaluate(net, loader):
    net.eval()
    loss, hits, count = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            out = net(x)
            loss += F.cross_entropy(out, y, reduction="sum").item()
            hits += (out.argmax(1) == y).sum().item()
            count += len(y)
    return loss / count, hits / count


torch.manual_seed(11)
loader_train, loader_val = loaders(recordings(500, 0))
loader_later = DataLoader(recordings(2000, 1), batch_size=500)
net = PadNet()
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3, weight_decay=1e-2)
for epoch in range(1, 13):
    net.train()
    for x, y in loader_train:
        optimizer.zero_grad()
        F.cross_entropy(net(x), y).backward()
        optimizer.step()
    if epoch % 4 == 0:
        print(f"epoch {epoch:2d} validation loss {evaluate(net, loader_val)[0]:.3f} "
              f"accuracy {evaluate(net, loader_val)[1]:.3f}, recorded later {evaluate(net, loader_later)[1]:.3f}")
