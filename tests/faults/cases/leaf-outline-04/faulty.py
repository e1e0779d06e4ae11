import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset

SIZE = 16


class Leaves(Dataset):
    """Grey pictures and their masks, both as uint8, like the png files."""

    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        yy, xx = np.mgrid[:SIZE, :SIZE]
        self.pictures, self.masks = [], []
        for _ in range(n):
            cy, cx, r = rng.uniform(4, 12), rng.uniform(4, 12), rng.uniform(2, 4.5)
            inside = (yy - cy) ** 2 + (xx - cx) ** 2 < r ** 2
            picture = 110 + 45 * inside + rng.normal(0, 30, inside.shape)
            self.pictures.append(np.clip(picture, 0, 255).astype(np.uint8))
            self.masks.append((inside * 255).astype(np.uint8))

    def __len__(self):
        return len(self.pictures)

    def __getitem__(self, i):
        picture = torch.from_numpy(self.pictures[i]).float().unsqueeze(0) / 255
        mask = torch.from_numpy(self.masks[i]).float().unsqueeze(0)
        return (picture - 0.45) / 0.14, mask


class FCN(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.encode = nn.Sequential(nn.Conv2d(1, width, 3, padding=1), nn.ReLU(),
                                    nn.Conv2d(width, width, 3, padding=1), nn.ReLU())
        self.down = nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(width, width, 3, padding=1), nn.ReLU(),
                                  nn.Upsample(scale_factor=2))
        self.out = nn.Conv2d(2 * width, 1, 1)

    def forward(self, x):
        fine = self.encode(x)
        return self.out(torch.cat([fine, self.down(fine)], dim=1))


def dice(logits, masks):
    guess, truth = logits > 0, masks > 0
    return 2 * (guess & truth).sum().item() / (guess.sum() + truth.sum()).item()


torch.manual_seed(4)
train_loader = DataLoader(Leaves(600, 0), batch_size=20, shuffle=True)
val_loader = DataLoader(Leaves(200, 1), batch_size=200)
net = FCN()
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
for epoch in range(8):
    net.train()
    running = 0.0
    for picture, mask in train_loader:
        optimizer.zero_grad()
        loss = criterion(net(picture), mask)
        loss.backward()
        optimizer.step()
        running += loss.item()
    net.eval()
    with torch.no_grad():
        picture, mask = next(iter(val_loader))
        print(f"epoch {epoch + 1} loss {running / len(train_loader):.3f} val dice {dice(net(picture), mask):.3f}")
