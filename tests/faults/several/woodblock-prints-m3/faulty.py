import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(0)
np.random.seed(0)

MOTIFS = ["cross", "saltire", "ring", "disc", "square", "frame", "bar", "pillar"]


def draw(motif):
    yy, xx = np.mgrid[:16, :16]
    cy, cx = np.random.uniform(6, 9, 2)
    r = np.random.uniform(3.5, 5.5)
    dy, dx = np.abs(yy - cy), np.abs(xx - cx)
    dist = np.hypot(dy, dx)
    box = np.maximum(dy, dx)
    ink = {
        "cross": (np.minimum(dy, dx) < 1) & (box < r),
        "saltire": (np.abs(dy - dx) < 1.2) & (box < r),
        "ring": np.abs(dist - r) < 1,
        "disc": dist < r,
        "square": box < r - 0.5,
        "frame": np.abs(box - r) < 0.8,
        "bar": (dy < 1.5) & (dx < r),
        "pillar": (dx < 1.5) & (dy < r),
    }[motif]
    return (ink * 1.0 + np.random.normal(0, 0.55, (16, 16)) - 0.25) / 0.7


class Prints(Dataset):
    def __init__(self, per_motif):
        self.samples = []
        for label, motif in enumerate(MOTIFS):
            for _ in range(per_motif):
                img = torch.tensor(draw(motif), dtype=torch.float32).unsqueeze(0)
                self.samples.append((img, label))

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, i):
        return self.samples[i]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.drop1 = nn.Dropout2d(0.25)
        self.drop2 = nn.Dropout(0.5)
        self.fc1 = nn.Linear(32 * 4 * 4, 64)
        self.fc2 = nn.Linear(64, len(MOTIFS))

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = self.drop1(F.max_pool2d(F.relu(self.conv2(x)), 2))
        x = self.drop2(F.relu(self.fc1(x.flatten(1))))
        return F.softmax(self.fc2(x), dim=1)


def train(model, loader, optimizer, criterion, epoch):
    model.train()
    running_loss = 0.0
    for data, target in loader:
        optimizer.zero_grad()
        loss = criterion(model(data), target)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
    print(f"Train Epoch: {epoch}\tLoss: {running_loss / len(loader):.6f}")


def test(model, loader, criterion):
    test_loss, correct = 0.0, 0
    with torch.no_grad():
        for data, target in loader:
            output = model(data)
            test_loss += criterion(output, target).item() * len(target)
            correct += output.argmax(dim=1).eq(target).sum().item()
    n = len(loader.dataset)
    print(f"Test set: Average loss: {test_loss / n:.4f}, Accuracy: {correct}/{n} ({100 * correct / n:.1f}%)")


train_loader = DataLoader(Prints(180), batch_size=24)
test_loader = DataLoader(Prints(50), batch_size=100)

model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
criterion = nn.CrossEntropyLoss()
for epoch in range(1, 11):
    train(model, train_loader, optimizer, criterion, epoch)
    test(model, test_loader, criterion)
