from collections import OrderedDict

import torch
import torch.nn as nn
from torch.optim import SGD
from torch.optim.lr_scheduler import ReduceLROnPlateau


def signals(n, seed):
    g = torch.Generator().manual_seed(seed)
    t = torch.linspace(0, 1, 80)
    kind = torch.randint(5, (n,), generator=g)
    freq = torch.tensor([8.0, 9.0, 10.0, 11.0, 12.0])[kind]
    phase = 6.28 * torch.rand(n, 1, generator=g)
    wave = torch.sin(6.28 * freq[:, None] * t + phase) * (0.6 + 0.8 * torch.rand(n, 1, generator=g))
    return (wave + 1.0 * torch.randn(n, 80, generator=g)).unsqueeze(1), kind


class Trainer:
    def __init__(self, net, lr=0.003):
        self.net = net
        self.optimizer = SGD(net.parameters(), lr=lr, momentum=0.9)
        self.scheduler = ReduceLROnPlateau(self.optimizer, factor=0.1, patience=1)
        self.criterion = nn.CrossEntropyLoss()

    def train(self, x, y):
        self.net.train()
        for rows in torch.randperm(len(x)).split(32):
            loss = self.criterion(self.net(x[rows]), y[rows])
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        return loss.item()

    def evaluate(self, x, y):
        self.net.eval()
        with torch.no_grad():
            return (self.net(x).argmax(1) == y).float().mean().item()

    def fit(self, train, val, epochs):
        for epoch in range(epochs):
            last = self.train(*train)
            acc = self.evaluate(*val)
            self.scheduler.step(acc)
            print(f"[{epoch:02d}] loss {last:.3f} val acc {acc:.3f}")


torch.manual_seed(10)
net = nn.Sequential(OrderedDict(
    conv1=nn.Conv1d(1, 12, 9, stride=2, padding=4), act1=nn.ReLU(),
    conv2=nn.Conv1d(12, 24, 9, stride=2, padding=4), act2=nn.ReLU(),
    flat=nn.Flatten(), drop=nn.Dropout(0.3), out=nn.Linear(24 * 20, 5),
))
Trainer(net).fit(signals(1600, 0), signals(500, 1), epochs=20)
