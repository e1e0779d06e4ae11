import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(8)

templates = (torch.rand(10, 1, 12, 12) < 0.35).float()


def make_set(count):
    labels = torch.randint(0, 10, (count,))
    images = templates[labels] + 0.75 * torch.randn(count, 1, 12, 12)
    return TensorDataset((images - 0.35) / 0.9, labels)


train_loader = DataLoader(make_set(2000), batch_size=64, shuffle=True)
test_loader = DataLoader(make_set(960), batch_size=64, shuffle=False)


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.conv2 = nn.Conv2d(8, 16, 3, padding=1)
        self.dropout = nn.Dropout(0.4)
        self.fc = nn.Linear(16 * 36, 10)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = self.dropout(torch.flatten(x, 1))
        return self.fc(x)


def train(model, loader, optimizer, epoch):
    model.train()
    for batch_idx, (data, target) in enumerate(loader):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(data), target)
        loss.backward()
        optimizer.step()
        if batch_idx % 16 == 0:
            print("Train Epoch: {} [{}/{}]\tLoss: {:.6f}".format(epoch, batch_idx, len(loader), loss.item()))


def test(model, loader):
    model.eval()
    test_loss = 0
    correct = 0
    with torch.no_grad():
        for data, target in loader:
            output = model(data)
            test_loss += F.cross_entropy(output, target, reduction="sum").item()
            pred = output.argmax(dim=1, keepdim=True)
            correct += pred.eq(target.view_as(pred)).sum().item()
    test_loss /= len(loader.dataset)
    accuracy = correct / len(loader)
    print("Test set: Average loss: {:.4f}, Accuracy: {:.1f}%".format(test_loss, accuracy))


model = Net()
optimizer = optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(1, 9):
    train(model, train_loader, optimizer, epoch)
    test(model, test_loader)
