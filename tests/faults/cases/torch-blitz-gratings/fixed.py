import math

import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(3)
SIDE = 20


def make_gratings(n):
    direction = torch.randint(0, 4, (n,))
    theta = direction * math.pi / 4 + 0.15 * torch.randn(n)
    phase = 2 * math.pi * torch.rand(n)
    frequency = 0.9 + 0.5 * torch.rand(n)
    rows, cols = torch.meshgrid(torch.arange(SIDE).float(), torch.arange(SIDE).float(), indexing="ij")
    along = rows * theta.sin()[:, None, None] + cols * theta.cos()[:, None, None]
    image = torch.sin(frequency[:, None, None] * along + phase[:, None, None])
    return (image + 0.4 * torch.randn_like(image)).unsqueeze(1), direction


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 5)
        self.conv2 = nn.Conv2d(8, 16, 5)
        self.pool = nn.AvgPool2d(2)
        self.fc1 = nn.Linear(16 * 2 * 2, 32)
        self.fc2 = nn.Linear(32, 4)

    def forward(self, x):
        x = self.pool(torch.relu(self.conv1(x)))
        x = self.pool(torch.relu(self.conv2(x)))
        x = torch.flatten(x, 1)
        x = torch.relu(self.fc1(x))
        return self.fc2(x)


x_train, y_train = make_gratings(2000)
x_test, y_test = make_gratings(500)
trainloader = DataLoader(TensorDataset(x_train, y_train), batch_size=32, shuffle=True)

net = Net()
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(net.parameters(), lr=0.02, momentum=0.9)

for epoch in range(8):
    net.train()
    running_loss = 0.0
    for inputs, labels in trainloader:
        optimizer.zero_grad()
        outputs = net(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
    net.eval()
    with torch.no_grad():
        predicted = net(x_test).argmax(1)
        accuracy = (predicted == y_test).float().mean().item()
    print(f"[{epoch + 1}] loss: {running_loss / len(trainloader):.3f} test accuracy: {accuracy:.3f}")
