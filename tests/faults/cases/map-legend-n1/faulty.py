import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset

N_SYMBOLS = 40


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.fc1 = nn.Linear(32 * 4 * 4, 96)
        self.fc2 = nn.Linear(96, N_SYMBOLS)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = x.view(-1, 32 * 4 * 4)
        x = F.relu(self.fc1(x))
        x = self.fc2(x)
        return F.softmax(x, dim=1)


def draw_symbols(rng):
    # every symbol: a mirrored 5x3 pattern, blown up to 10x10
    symbols = []
    for _ in range(N_SYMBOLS):
        half = rng.random((5, 3)) < 0.5
        symbols.append(np.kron(np.concatenate([half, half[:, 1::-1]], axis=1), np.ones((2, 2))))
    return np.stack(symbols)


def scan(symbols, n, rng):
    labels = rng.integers(0, N_SYMBOLS, n)
    sheets = rng.normal(0.0, 0.3, (n, 1, 16, 16))
    for i, label in enumerate(labels):
        top, left = rng.integers(1, 6, 2)
        sheets[i, 0, top:top + 10, left:left + 10] += symbols[label]
    sheets = (sheets - 0.2) / 0.55
    return TensorDataset(torch.tensor(sheets, dtype=torch.float32), torch.tensor(labels))


def main():
    torch.manual_seed(1)
    rng = np.random.default_rng(1)
    symbols = draw_symbols(rng)
    trainloader = DataLoader(scan(symbols, 4000, rng), batch_size=64, shuffle=True)
    testloader = DataLoader(scan(symbols, 800, rng), batch_size=400)

    net = Net()
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.Adam(net.parameters(), lr=1e-3)

    for epoch in range(9):
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
                correct += (outputs.argmax(dim=1) == labels).sum().item()
        print(f"[{epoch + 1}] loss: {running_loss / len(trainloader):.3f} test loss: {test_loss / len(testloader):.3f} "
              f"test accuracy: {correct / len(testloader.dataset):.3f}")


if __name__ == "__main__":
    main()
