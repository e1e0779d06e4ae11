import math
import random

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(6)
random.seed(6)

N_POINTS = 20


def swipe(kind):
    """Points (dx, dy) of one swipe, with jitter."""
    speed = random.uniform(0.7, 1.3)
    pts = []
    for i in range(N_POINTS):
        t = i / (N_POINTS - 1)
        if kind < 4:            # right, up, left, down
            a = kind * math.pi / 2
        elif kind == 4:         # clockwise
            a = -2 * math.pi * t
        elif kind == 5:         # anticlockwise
            a = 2 * math.pi * t
        elif kind == 6:         # there and back
            a = 0.0 if t < 0.5 else math.pi
        else:                   # tick
            a = -0.8 if t < 0.35 else 0.9
        a += random.gauss(0, 0.35)
        pts.append((speed * math.cos(a), speed * math.sin(a)))
    return pts


class Swipes(Dataset):
    def __init__(self, n):
        self.kinds = [random.randrange(8) for _ in range(n)]
        self.points = [torch.tensor(swipe(k)) for k in self.kinds]

    def __len__(self):
        return len(self.kinds)

    def __getitem__(self, idx):
        return self.points[idx], self.kinds[idx]


class SwipeGRU(nn.Module):
    def __init__(self, input_size=2, hidden_size=32, num_layers=1, num_classes=8):
        super().__init__()
        self.hidden_size = hidden_size
        self.gru = nn.GRU(input_size, hidden_size, num_layers, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(hidden_size * 2, num_classes)

    def forward(self, x):
        batch_size = x.size(0)
        _, h_n = self.gru(x)
        hidden = h_n.transpose(0, 1).reshape(batch_size, self.hidden_size * 2)
        return self.fc(hidden)


train_dl = DataLoader(Swipes(1600), batch_size=40, shuffle=True)
test_dl = DataLoader(Swipes(400), batch_size=40)

model = SwipeGRU()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
num_epochs = 10

for epoch in range(num_epochs):
    model.train()
    train_loss = 0.0
    for points, kinds in train_dl:
        outputs = model(points)
        loss = criterion(outputs, kinds)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        train_loss += loss.item()

    model.eval()
    test_loss, correct = 0.0, 0
    with torch.no_grad():
        for points, kinds in test_dl:
            outputs = model(points)
            test_loss += criterion(outputs, kinds).item()
            correct += (outputs.argmax(dim=1) == kinds).sum().item()
    print(f"Epoch {epoch + 1}/{num_epochs}: train loss {train_loss / len(train_dl):.4f}, "
          f"test loss {test_loss / len(test_dl):.4f}, test acc {100 * correct / len(test_dl.dataset):.1f} %")
