import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset

APPLIANCES = ["kettle", "fridge", "drill", "television", "washer"]
T = 80


def current(kind, rng):
    """One second of mains current, 80 samples."""
    t = np.arange(T) / T
    phase = rng.uniform(0, 2 * np.pi)
    base = np.sin(2 * np.pi * 8 * t + phase)
    if kind == "fridge":
        base = base + 0.6 * np.sin(2 * np.pi * 24 * t + 3 * phase)
    elif kind == "drill":
        base = np.where(np.abs(base) > rng.uniform(0.5, 0.7), base, 0)
    elif kind == "television":
        base = np.sign(base) * np.abs(base) ** 3
    elif kind == "washer":
        base = base * (1 + 0.7 * np.sin(2 * np.pi * 2 * t + rng.uniform(0, 6)))
    return base * rng.uniform(0.9, 1.3) + 0.15 * rng.normal(size=T)


class PlugRecordings(Dataset):
    def __init__(self, per_appliance, seed):
        rng = np.random.default_rng(seed)
        curves, labels = [], []
        for label, kind in enumerate(APPLIANCES):
            for _ in range(per_appliance):
                curves.append(current(kind, rng))
                labels.append(label)
        self.curves = torch.tensor(np.array(curves), dtype=torch.float32).unsqueeze(1)
        self.labels = torch.tensor(labels)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return self.curves[i], self.labels[i]


class PlugNet(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        self.conv1 = nn.Conv1d(1, 16, kernel_size=9, padding=4)
        self.conv2 = nn.Conv1d(16, 32, kernel_size=9, padding=4)
        self.fc = nn.Linear(64, n_classes)

    def forward(self, x):
        x = F.max_pool1d(F.relu(self.conv1(x)), 2)
        x = F.relu(self.conv2(x))
        x = torch.cat([x.mean(dim=2), x.amax(dim=2)], dim=1)
        return self.fc(x)


torch.manual_seed(5)
train_loader = DataLoader(PlugRecordings(500, seed=0), batch_size=50)
test_loader = DataLoader(PlugRecordings(120, seed=1), batch_size=100)

net = PlugNet(len(APPLIANCES))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)

for epoch in range(20):
    net.train()
    running_loss = 0.0
    for curves, labels in train_loader:
        optimizer.zero_grad()
        loss = criterion(net(curves), labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()

    net.eval()
    correct, test_loss = 0, 0.0
    with torch.no_grad():
        for curves, labels in test_loader:
            out = net(curves)
            test_loss += criterion(out, labels).item()
            correct += (out.argmax(dim=1) == labels).sum().item()
    print(f"[{epoch + 1}] loss {running_loss / len(train_loader):.3f} test loss {test_loss / len(test_loader):.3f} "
          f"test accuracy {correct / len(test_loader.dataset):.3f}")
