import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import Dataset, DataLoader


class LeafDataset(Dataset):
    """Grey images with one bright leaf and the mask as an 8-bit picture."""

    def __init__(self, count, seed):
        rng = np.random.RandomState(seed)
        self.images, self.masks = [], []
        yy, xx = np.mgrid[:24, :24]
        for _ in range(count):
            cy, cx = rng.uniform(7, 17, 2)
            a, b = rng.uniform(3, 7, 2)
            mask = ((yy - cy) / a) ** 2 + ((xx - cx) / b) ** 2 < 1
            img = rng.normal(90, 25, (24, 24)) + 70 * mask
            self.images.append(np.clip(img, 0, 255).astype(np.uint8))
            self.masks.append(mask.astype(np.uint8) * 255)

    def __len__(self):
        return len(self.images)

    def __getitem__(self, idx):
        image = torch.from_numpy(self.images[idx]).float() / 255
        mask = torch.from_numpy(self.masks[idx]).float()
        return image[None], mask[None]


class SmallUNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(1, 12, 3, padding=1), nn.ReLU())
        self.mid = nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(12, 24, 3, padding=1), nn.ReLU(),
                                 nn.Upsample(scale_factor=2))
        self.up = nn.Sequential(nn.Conv2d(36, 12, 3, padding=1), nn.ReLU(), nn.Conv2d(12, 1, 1))

    def forward(self, x):
        d = self.down(x)
        return self.up(torch.cat([d, self.mid(d)], dim=1))


torch.manual_seed(2)
train_loader = DataLoader(LeafDataset(300, 0), batch_size=16, shuffle=True)
val_loader = DataLoader(LeafDataset(80, 1), batch_size=40)

model = SmallUNet()
criterion = nn.BCEWithLogitsLoss()
optimizer = optim.Adam(model.parameters(), lr=2e-3)

for epoch in range(8):
    model.train()
    epoch_loss = 0
    for images, masks in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(images), masks)
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item()

    model.eval()
    inter = union = 0
    with torch.no_grad():
        for images, masks in val_loader:
            pred = torch.sigmoid(model(images)) > 0.5
            inter += (pred & (masks > 0)).sum().item()
            union += (pred | (masks > 0)).sum().item()
    print('Epoch: {} \tLoss: {:.4f} \tIoU: {:.4f}'.format(epoch, epoch_loss / len(train_loader), inter / union))
