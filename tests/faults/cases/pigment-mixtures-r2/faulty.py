import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(18)

PIGMENTS = ["ochre", "umber", "sienna", "cobalt", "viridian", "madder"]
BANDS = 31

wave = torch.linspace(0, 1, BANDS)
centre = torch.tensor([0.55, 0.7, 0.8, 0.2, 0.4, 0.9]).unsqueeze(1)
width = torch.tensor([0.2, 0.25, 0.12, 0.1, 0.1, 0.15]).unsqueeze(1)
pure = torch.exp(-((wave - centre) / width) ** 2)


def paints(n):
    share = torch.distributions.Dirichlet(0.5 * torch.ones(len(PIGMENTS))).sample((n,))
    colour = (share @ pure) ** 0.7 * (0.8 + 0.4 * torch.rand(n, 1))
    return colour + 0.03 * torch.randn(n, BANDS), share.argmax(1)


X_train, y_train = paints(6000)
X_test, y_test = paints(1500)
mean, std = X_train.mean(0), X_train.std(0)
X_train, X_test = (X_train - mean) / std, (X_test - mean) / std

batch_size = 3000
trainloader = DataLoader(TensorDataset(X_train, y_train), batch_size=batch_size, shuffle=True)
testloader = DataLoader(TensorDataset(X_test, y_test), batch_size=500)


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.fc1 = nn.Linear(BANDS, 64)
        self.fc2 = nn.Linear(64, 32)
        self.fc3 = nn.Linear(32, len(PIGMENTS))

    def forward(self, x):
        x = torch.relu(self.fc1(x))
        x = torch.relu(self.fc2(x))
        return self.fc3(x)


net = Net()
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(net.parameters(), lr=0.01, momentum=0.9)

for epoch in range(13):
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
    test_loss, correct = 0.0, 0
    with torch.no_grad():
        for inputs, labels in testloader:
            outputs = net(inputs)
            test_loss += criterion(outputs, labels).item()
            correct += (outputs.argmax(1) == labels).sum().item()
    if epoch % 4 == 0:
        print("epoch %d: loss %.3f, test loss %.3f, test accuracy %.3f" % (
            epoch + 1, running_loss / len(trainloader), test_loss / len(testloader), correct / len(y_test)))
