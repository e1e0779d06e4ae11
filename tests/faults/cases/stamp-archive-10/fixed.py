import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, random_split


def scan_archive(n=1600, seed=10):
    """Pictures by file name, labels by number, as the archive delivers them."""
    rng = np.random.default_rng(seed)
    stamps = (np.random.default_rng(0).random((4, 10, 10)) < 0.4).astype(np.float32)
    files, labels = {}, {}
    for number in range(n):
        kind = int(rng.integers(0, 4))
        scan = np.roll(stamps[kind], rng.integers(-1, 2, 2), axis=(0, 1))
        files[f"scan_{number}.png"] = scan + rng.normal(0, 0.35, (10, 10)).astype(np.float32)
        labels[number] = kind
    return files, labels


class StampDataset(Dataset):
    def __init__(self, files, labels):
        self.files = files
        self.names = sorted(files)
        self.labels = [labels[int(name[5:-4])] for name in self.names]

    def __len__(self):
        return len(self.names)

    def __getitem__(self, idx):
        scan = self.files[self.names[idx]]
        scan = torch.from_numpy((scan - 0.4) / 0.6)
        return scan.flatten(), self.labels[idx]


def accuracy(net, loader):
    net.eval()
    right, total = 0, 0
    with torch.no_grad():
        for scan, label in loader:
            right += (net(scan).argmax(1) == label).sum().item()
            total += len(label)
    return right / total


torch.manual_seed(10)
dataset = StampDataset(*scan_archive())
train_set, test_set = random_split(dataset, [1200, 400])
train_loader = DataLoader(train_set, batch_size=40, shuffle=True)
test_loader = DataLoader(test_set, batch_size=200)
net = nn.Sequential(
    nn.Linear(100, 48), nn.BatchNorm1d(48), nn.ReLU(),
    nn.Linear(48, 4),
)
optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
criterion = nn.CrossEntropyLoss()
for epoch in range(8):
    net.train()
    epoch_loss = 0.0
    for scan, label in train_loader:
        optimizer.zero_grad()
        loss = criterion(net(scan), label)
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item() / len(train_loader)
    print(f"epoch {epoch + 1} loss {epoch_loss:.3f} test accuracy {accuracy(net, test_loader):.3f}")
