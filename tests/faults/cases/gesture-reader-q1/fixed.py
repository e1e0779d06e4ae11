import math

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset

GESTURES = ["circle", "shake", "lift", "tap"]
STEPS = 24


class Recordings(Dataset):
    """Synthetic accelerometer recordings, each STEPS x 3, with a gesture at a random moment."""

    def __init__(self, count, seed):
        g = torch.Generator().manual_seed(seed)
        self.labels = torch.randint(len(GESTURES), (count,), generator=g)
        self.signals = 0.5 * torch.randn(count, STEPS, 3, generator=g)
        span = torch.arange(12)
        for i, label in enumerate(self.labels.tolist()):
            start = int(torch.randint(1, STEPS - 13, (1,), generator=g))
            phase = 2 * math.pi * span / 12
            part = torch.zeros(12, 3)
            if label == 0:
                part[:, 0], part[:, 1] = torch.cos(phase), torch.sin(phase)
            elif label == 1:
                part[:, 0] = torch.sin(3 * phase)
            elif label == 2:
                part[:, 2] = torch.sin(phase)
            else:
                part[5:7, 2] = 2.5
            self.signals[i, start:start + 12] += 1.8 * part

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return self.signals[i], self.labels[i]


class GestureNet(nn.Module):
    def __init__(self, hidden=48):
        super().__init__()
        self.rnn = nn.GRU(3, hidden, batch_first=True)
        self.classifier = nn.Linear(hidden, len(GESTURES))

    def forward(self, x):
        out, _ = self.rnn(x)
        return self.classifier(out[:, -1])


def accuracy(net, loader):
    net.eval()
    right = 0
    with torch.no_grad():
        for x, y in loader:
            right += (net(x).argmax(dim=1) == y).sum().item()
    return right / len(loader.dataset)


torch.manual_seed(21)
train_loader = DataLoader(Recordings(1600, 1), batch_size=32, shuffle=True)
test_loader = DataLoader(Recordings(500, 2), batch_size=32)
net = GestureNet()
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)

for epoch in range(1, 9):
    net.train()
    running = 0.0
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = loss_fn(net(x), y)
        loss.backward()
        optimizer.step()
        running += loss.item()
    print(f"[{epoch}] loss {running / len(train_loader):.4f}  test accuracy {accuracy(net, test_loader):.3f}")
