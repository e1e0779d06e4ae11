import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, Subset, TensorDataset


class SmallConv(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(1, 16, 3, padding=1)
        self.c2 = nn.Conv2d(16, 32, 3, padding=1)
        self.f1 = nn.Linear(32 * 4, 64)
        self.f2 = nn.Linear(64, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.c1(x)), 2)
        x = F.max_pool2d(F.relu(self.c2(x)), 2)
        x = F.relu(self.f1(x.flatten(1)))
        x = F.dropout(x, 0.6)
        return self.f2(x)


def step(net, batch, opt):
    net.train()
    x, y = batch
    loss = F.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    return loss.item()


def report(net, loader):
    net.eval()
    right = nats = n = 0
    with torch.no_grad():
        for x, y in loader:
            out = net(x)
            nats += F.cross_entropy(out, y, reduction="sum").item()
            right += (out.argmax(1) == y).sum().item()
            n += len(y)
    return nats / n, right / n


torch.manual_seed(25)
digits = load_digits()
everything = TensorDataset(torch.from_numpy(digits.images).float().unsqueeze(1) / 16, torch.from_numpy(digits.target))
order = torch.randperm(len(everything)).tolist()
train_loader = DataLoader(Subset(everything, order[:1400]), batch_size=50, shuffle=True)
test_loader = DataLoader(Subset(everything, order[1400:]), batch_size=100)
net = SmallConv()
opt = torch.optim.Adam(net.parameters(), lr=2e-3)

for epoch in range(1, 21):
    losses = [step(net, batch, opt) for batch in train_loader]
    if epoch % 4 == 0:
        nats, right = report(net, test_loader)
        print(f"epoch {epoch:2d}  train loss {sum(losses) / len(losses):.3f}  test loss {nats:.3f}  test accuracy {right:.3f}")
