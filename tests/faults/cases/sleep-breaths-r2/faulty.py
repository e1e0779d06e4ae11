import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(9)
np.random.seed(9)


def record(pause, length=60):
    rate = np.random.uniform(0.25, 0.4)
    signal = np.sin(rate * np.arange(length) * 2 + np.random.uniform(0, 6.28))
    if pause:
        start = np.random.randint(5, length - 25)
        signal[start:start + np.random.randint(14, 20)] *= 0.15
    return signal + 0.15 * np.random.randn(length)


labels = (np.random.rand(2400) < 0.45).astype(np.float32)
signals = np.stack([record(p) for p in labels]).astype(np.float32)
signals = (signals - signals[:2000].mean()) / signals[:2000].std()
X = torch.from_numpy(signals).unsqueeze(-1)
Y = torch.from_numpy(labels).unsqueeze(1)

train_loader = DataLoader(TensorDataset(X[:2000], Y[:2000]), batch_size=40, shuffle=True)
test_loader = DataLoader(TensorDataset(X[2000:], Y[2000:]), batch_size=100)


class BreathNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(1, 24, batch_first=True)
        self.fc = nn.Linear(24, 1)

    def forward(self, x):
        out, _ = self.gru(x)
        return self.fc(out.max(dim=1).values)


model = BreathNet()
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.005)

for epoch in range(8):
    model.train()
    train_loss = 0.0
    for inputs, targets in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(inputs), targets)
        loss.backward()
        optimizer.step()
        train_loss += loss.item()

    model.eval()
    correct, total, test_loss = 0, 0, 0.0
    with torch.no_grad():
        for inputs, targets in test_loader:
            outputs = model(inputs)
            test_loss += criterion(outputs, targets).item()
            _, predicted = torch.max(outputs.data, 1)
            correct += (predicted == targets.squeeze(1)).sum().item()
            total += targets.size(0)
    print("Epoch %d: loss %.3f, test loss %.3f, test accuracy %.1f %%" % (
        epoch + 1, train_loss / len(train_loader), test_loss / len(test_loader), 100 * correct / total))
