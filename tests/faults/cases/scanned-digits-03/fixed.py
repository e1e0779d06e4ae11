import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, Dataset


class SheetOfDigits(Dataset):
    """The sheet has one row of samples for each digit."""

    def __init__(self, part):
        images, labels = load_digits(return_X_y=True)
        rows = [np.flatnonzero(labels == d) for d in range(10)]
        if part == "train":
            keep = np.concatenate([row[:140] for row in rows])
        else:
            keep = np.concatenate([row[140:] for row in rows])
        self.images = torch.tensor(images[keep].reshape(-1, 1, 8, 8) / 16.0, dtype=torch.float32)
        self.images = (self.images - 0.3) / 0.37
        self.labels = torch.tensor(labels[keep])

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return self.images[i], self.labels[i]


class SmallNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 12, 3, padding=1)
        self.conv2 = nn.Conv2d(12, 24, 3, padding=1)
        self.fc = nn.Linear(24 * 4, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc(x.flatten(1))


torch.manual_seed(0)
trainloader = DataLoader(SheetOfDigits("train"), batch_size=28, shuffle=True)
testloader = DataLoader(SheetOfDigits("test"), batch_size=100)
net = SmallNet()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)

for epoch in range(8):
    net.train()
    running_loss = 0.0
    for data in trainloader:
        inputs, labels = data
        optimizer.zero_grad()
        outputs = net(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()

    net.eval()
    correct = total = 0
    with torch.no_grad():
        for images, labels in testloader:
            predicted = net(images).argmax(dim=1)
            total += labels.size(0)
            correct += (predicted == labels).sum().item()
    print("[%d] loss: %.3f  accuracy on the test rows: %.1f %%"
          % (epoch + 1, running_loss / len(trainloader), 100 * correct / total))
