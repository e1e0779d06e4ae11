import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset

classes = ("cross", "square", "disc", "stripe")
rng = np.random.default_rng(0)
torch.manual_seed(0)


def image(kind):
    yy, xx = np.mgrid[:16, :16]
    cy, cx, r = rng.integers(5, 11), rng.integers(5, 11), rng.integers(3, 5)
    dy, dx = abs(yy - cy), abs(xx - cx)
    mask = {
        0: ((dy < 1) & (dx <= r)) | ((dx < 1) & (dy <= r)),
        1: np.maximum(dy, dx) == r,
        2: np.hypot(dy, dx) < r,
        3: dy < 1,
    }[int(kind)]
    colour = rng.uniform(0.4, 1.0, 3)
    return (mask[None] * colour[:, None, None] + rng.normal(0, 0.3, (3, 16, 16))).clip(0, 1)


def make_set(n):
    kinds = rng.integers(0, 4, n)
    pixels = np.stack([image(k) for k in kinds]).astype(np.float32)
    return TensorDataset((torch.from_numpy(pixels) - 0.15) / 0.25, torch.from_numpy(kinds))


trainloader = DataLoader(make_set(2000), batch_size=8, shuffle=True)
testloader = DataLoader(make_set(500), batch_size=100, shuffle=False)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 3, padding=1)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 3, padding=1)
        self.fc1 = nn.Linear(16 * 4 * 4, 60)
        self.fc2 = nn.Linear(60, 4)

    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = torch.flatten(x, 1)
        return self.fc2(F.relu(self.fc1(x)))


net = Net()
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(net.parameters(), lr=0.005, momentum=0.9)

for epoch in range(4):
    running_loss = 0.0
    for i, data in enumerate(trainloader, 0):
        inputs, labels = data
        optimizer.zero_grad()
        outputs = net(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
        if i % 125 == 124:
            print(f"[{epoch + 1}, {i + 1:5d}] loss: {running_loss / 125:.3f}")
            running_loss = 0.0

net.eval()
correct = total = 0
with torch.no_grad():
    for images, labels in testloader:
        _, predicted = torch.max(net(images), 1)
        total += labels.size(0)
        correct += (predicted == labels).sum().item()
print(f"Accuracy of the network on the {total} test images: {100 * correct / total:.1f} %")
