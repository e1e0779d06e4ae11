import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset

CLASSES = ["water", "field", "town"]
UNMAPPED = 255
COLOURS = np.array([[0.1, 0.2, 0.6], [0.3, 0.6, 0.2], [0.5, 0.4, 0.4]])


class Maps(Dataset):
    def __init__(self, n, seed):
        self.rng = np.random.default_rng(seed)
        self.items = [self.draw() for _ in range(n)]

    def draw(self):
        yy, xx = np.mgrid[:12, :12]
        corners = self.rng.uniform(0, 12, (3, 2))
        distance = (yy - corners[:, 0, None, None]) ** 2 + (xx - corners[:, 1, None, None]) ** 2
        use = distance.argmin(0)
        picture = COLOURS[use] + self.rng.normal(0, 0.22, (12, 12, 3))
        if self.rng.random() < 0.15:
            row = self.rng.integers(0, 9)
            use[row:row + 3, :4] = UNMAPPED
        picture = (picture - 0.37) / 0.28
        return torch.tensor(picture.transpose(2, 0, 1), dtype=torch.float32), torch.tensor(use)

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


def pixel_accuracy(net, loader):
    net.eval()
    right = known = 0
    with torch.no_grad():
        for picture, use in loader:
            guess = net(picture).argmax(dim=1)
            mapped = use != UNMAPPED
            right += (guess == use)[mapped].sum().item()
            known += mapped.sum().item()
    return right / known


torch.manual_seed(9)
train_loader = DataLoader(Maps(500, 0), batch_size=20, shuffle=True)
val_loader = DataLoader(Maps(150, 1), batch_size=50)
net = nn.Sequential(
    nn.Conv2d(3, 24, 3, padding=1), nn.BatchNorm2d(24), nn.ReLU(),
    nn.Conv2d(24, 24, 3, padding=1), nn.BatchNorm2d(24), nn.ReLU(),
    nn.Conv2d(24, len(CLASSES), 1),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3)
for epoch in range(1, 9):
    net.train()
    total = 0.0
    for picture, use in train_loader:
        optimizer.zero_grad()
        loss = criterion(net(picture), use)
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(f"epoch {epoch} loss {total / len(train_loader):.3f} pixels right {pixel_accuracy(net, val_loader):.3f}")
