import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset


class Pumps(Dataset):
    """Weekly averages of twelve sensors; 1 where the pump stood still in the week after."""

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.sensors = torch.randn(n, 12, generator=g)
        hot = self.sensors[:, 0] + 0.8 * self.sensors[:, 1]
        shaking = self.sensors[:, 2].abs() - 0.5 * self.sensors[:, 3]
        worn = hot + 1.2 * shaking + 0.2 * torch.randn(n, generator=g)
        self.failed = (worn > 3.6).float().unsqueeze(1)

    def __len__(self):
        return len(self.sensors)

    def __getitem__(self, i):
        return self.sensors[i], self.failed[i]


class Net(nn.Module):
    def __init__(self, width=48):
        super().__init__()
        self.fc1 = nn.Linear(12, width)
        self.fc2 = nn.Linear(width, width)
        self.fc3 = nn.Linear(width, 1)

    def forward(self, x):
        x = torch.relu(self.fc1(x))
        x = torch.relu(self.fc2(x))
        return torch.sigmoid(self.fc3(x))


def f1(net, pumps):
    with torch.no_grad():
        alarm = net(pumps.sensors) > 0.5
    failed = pumps.failed > 0.5
    both = (alarm & failed).sum().item()
    return 2 * both / max(1, alarm.sum().item() + failed.sum().item())


def train(net, pumps, test_pumps, epochs, lr):
    criterion = nn.BCELoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.8)
    loader = DataLoader(pumps, batch_size=60, shuffle=True)
    for epoch in range(1, epochs + 1):
        total = 0.0
        for x, failed in loader:
            optimizer.zero_grad()
            loss = criterion(net(x), failed)
            loss.backward()
            optimizer.step()
            total += loss.item()
        if epoch % 5 == 0:
            print(f"epoch {epoch} loss {total / len(loader):.4f} F1 {f1(net, pumps):.3f} test F1 {f1(net, test_pumps):.3f}")


torch.manual_seed(51)
train(Net(), Pumps(3000, 1), Pumps(1500, 2), epochs=30, lr=0.02)
