import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset


def draw_dish(rng, size=28):
    """8-bit picture of a dish and the 8-bit mask of its colonies."""
    yy, xx = np.mgrid[:size, :size]
    picture = rng.normal(90, 18, (size, size)) + 25 * np.sin(xx / rng.uniform(4, 7))
    mask = np.zeros((size, size), dtype=np.uint8)
    for _ in range(rng.integers(2, 6)):
        cy, cx, r = rng.uniform(4, size - 4), rng.uniform(4, size - 4), rng.uniform(2.0, 4.2)
        inside = np.hypot(yy - cy, xx - cx) < r
        picture[inside] += rng.uniform(55, 80)
        mask[inside] = 255
    return np.clip(picture, 0, 255).astype(np.uint8), mask


class DishDataset(Dataset):
    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.items = [draw_dish(rng) for _ in range(n)]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        picture, mask = self.items[i]
        image = torch.from_numpy(picture).float().unsqueeze(0)
        target = torch.from_numpy(mask).float().unsqueeze(0) / 255
        return (image - 110) / 45, target


class SmallFCN(nn.Module):
    def __init__(self, width=12):
        super().__init__()
        self.conv1 = nn.Conv2d(1, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=2, dilation=2)
        self.conv3 = nn.Conv2d(width, width, 3, padding=1)
        self.outc = nn.Conv2d(width, 1, 1)

    def forward(self, x):
        x = torch.relu(self.conv1(x))
        x = torch.relu(self.conv2(x))
        x = torch.relu(self.conv3(x))
        return self.outc(x)


def iou(model, loader):
    model.eval()
    both = either = 0
    with torch.no_grad():
        for image, target in loader:
            pred, true = model(image) > 0, target > 0.5
            both += (pred & true).sum().item()
            either += (pred | true).sum().item()
    return both / either


torch.manual_seed(8)
train_loader = DataLoader(DishDataset(320, 0), batch_size=16, shuffle=True)
val_loader = DataLoader(DishDataset(80, 1), batch_size=40)
net = SmallFCN()
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=4e-3)

for epoch in range(1, 11):
    net.train()
    epoch_loss = 0
    for image, target in train_loader:
        loss = criterion(net(image), target)
        epoch_loss += loss.item()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"Epoch {epoch} finished! Loss: {epoch_loss / len(train_loader):.4f}  val IoU: {iou(net, val_loader):.3f}")
