import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(9)


def loaders(classes):
    digits = load_digits()
    keep = torch.tensor([t in classes for t in digits.target])
    x = torch.tensor(digits.images, dtype=torch.float32)[keep].unsqueeze(1) / 8 - 1
    y = torch.tensor([classes.index(t) for t in digits.target if t in classes])
    cut = int(0.75 * len(x))
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    tr, va = order[:cut], order[cut:]
    return (DataLoader(TensorDataset(x[tr], y[tr]), batch_size=32, shuffle=True),
            DataLoader(TensorDataset(x[va], y[va]), batch_size=500))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(1, 8, 3, stride=2, padding=1), nn.ReLU(),
            nn.Conv2d(8, 8, 3, stride=2, padding=1), nn.ReLU(),
            nn.Flatten(), nn.Linear(32, 6), nn.Tanh(),
        )
        self.classifier = nn.Linear(6, 5)

    def forward(self, x):
        return self.classifier(self.trunk(x))


def run_epoch(net, loader, optimizer):
    net.train()
    losses = []
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


def accuracy(net, loader):
    net.eval()
    with torch.no_grad():
        x, y = next(iter(loader))
        return (net(x).argmax(1) == y).float().mean().item()


net = Net()
source_train, source_val = loaders([1, 7, 4, 9, 2])
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
for epoch in range(10):
    run_epoch(net, source_train, optimizer)
print(f"source task: accuracy {accuracy(net, source_val):.3f}")

target_train, target_val = loaders([0, 3, 5, 6, 8])
net.classifier = nn.Linear(6, 5)
for p in net.trunk.parameters():
    p.requires_grad = False
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
for epoch in range(1, 19):
    if epoch == 4:
        net.trunk.requires_grad_(True)
    loss = run_epoch(net, target_train, optimizer)
    if epoch % 3 == 0:
        print(f"epoch {epoch}: loss {loss:.4f} accuracy {accuracy(net, target_val):.3f}")
