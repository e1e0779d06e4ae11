import random

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, Dataset

random.seed(0)
np.random.seed(0)
torch.manual_seed(0)


class PairDataset(Dataset):
    """Half of the pairs show the same class, half do not."""

    def __init__(self, images, labels, n_pairs):
        self.images, self.labels, self.n_pairs = images, labels, n_pairs
        self.by_class = {c: np.flatnonzero(labels == c) for c in range(10)}

    def __len__(self):
        return self.n_pairs

    def __getitem__(self, index):
        i = random.randrange(len(self.images))
        same = random.random() < 0.5
        if same:
            j = random.choice(self.by_class[self.labels[i]])
        else:
            other = random.choice([c for c in range(10) if c != self.labels[i]])
            j = random.choice(self.by_class[other])
        return self.images[i], self.images[j], torch.tensor(float(same))


class SiameseNetwork(nn.Module):
    def __init__(self):
        super(SiameseNetwork, self).__init__()
        self.cnn = nn.Sequential(
            nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(12, 24, 3, padding=1), nn.ReLU(),
            nn.Flatten(),
            nn.Linear(24 * 4 * 4, 64), nn.ReLU(),
            nn.Linear(64, 8))

    def forward(self, x1, x2):
        return self.cnn(x1), self.cnn(x2)


class ContrastiveLoss(nn.Module):
    def __init__(self, margin=2.0):
        super(ContrastiveLoss, self).__init__()
        self.margin = margin

    def forward(self, z1, z2, same):
        dist = torch.sqrt((z1 - z2).pow(2).sum(dim=1) + 1e-8)
        return torch.mean(same * dist.pow(2) + (1 - same) * F.relu(self.margin - dist).pow(2))


digits = load_digits()
images = torch.tensor(digits.images[:, None] / 16.0, dtype=torch.float32)
train_set = PairDataset(images[:1300], digits.target[:1300], 2500)
test_set = PairDataset(images[1300:], digits.target[1300:], 1000)
train_loader = DataLoader(train_set, batch_size=50)
test_loader = DataLoader(test_set, batch_size=250)

net = SiameseNetwork()
criterion = ContrastiveLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=0.002)

for epoch in range(9):
    net.train()
    running = 0.0
    for x1, x2, same in train_loader:
        optimizer.zero_grad()
        loss = criterion(*net(x1, x2), same)
        loss.backward()
        optimizer.step()
        running += loss.item()
    net.eval()
    right = 0
    with torch.no_grad():
        for x1, x2, same in test_loader:
            z1, z2 = net(x1, x2)
            right += ((F.pairwise_distance(z1, z2) < 1.0) == same.bool()).sum().item()
    print("Epoch {} | loss {:.4f} | pair accuracy {:.3f}".format(epoch + 1, running / len(train_loader), right / len(test_set)))
