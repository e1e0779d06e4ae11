import math

import torch
from torch import nn, optim

torch.manual_seed(9)


def rides(n):
    hour = 20 + 8 * torch.rand(n)
    friday = (torch.rand(n) < 0.4).float()
    rain = (torch.rand(n) < 0.3).float()
    distance = 6 * torch.rand(n)                      # km from the centre
    event = (torch.rand(n) < 0.15).float()
    crowd = (1.5 * friday + 0.8 * rain + 2 * event - 0.5 * distance
             + 1.6 * torch.cos((hour - 24.5) * math.pi / 4) * (0.4 + friday))
    full = (crowd + 0.5 * torch.randn(n) > 0).float()
    x = torch.stack([(hour - 24) / 2.3, friday * 2 - 0.8, rain * 2 - 0.6, (distance - 3) / 1.7, event * 2 - 0.3], 1)
    return x, full


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(5, 32)
        self.fc2 = nn.Linear(32, 32)
        self.fc3 = nn.Linear(32, 1)

    def forward(self, x):
        x = torch.relu(self.fc1(x))
        x = torch.relu(self.fc2(x))
        return self.fc3(x).squeeze(-1)


x_train, y_train = rides(4000)
x_val, y_val = rides(1000)
print("share of full buses: %.2f" % y_train.mean())

net = Net()
criterion = nn.BCEWithLogitsLoss()
optimizer = optim.Adam(net.parameters(), lr=2e-3)
batch = 80

for epoch in range(1, 16):
    net.train()
    order = torch.randperm(len(x_train))
    total = 0.0
    for start in range(0, len(order), batch):
        idx = order[start:start + batch]
        output = net(x_train[idx])
        target = y_train[idx]
        loss = criterion(target, output)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx)
    net.eval()
    with torch.no_grad():
        accuracy = ((net(x_val) > 0).float() == y_val).float().mean().item()
    print("epoch %2d  loss %.3f  val accuracy %.3f" % (epoch, total / len(order), accuracy))
