import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

SAND = np.array([0.62, 0.55, 0.42])
CORAL = np.array([0.66, 0.38, 0.40])


class ReefPhotos(Dataset):
    """Photographs as an image library returns them (height, width, rgb), with a mask of the coral."""

    def __init__(self, n, seed, size=28):
        rng = np.random.default_rng(seed)
        rows, cols = np.mgrid[:size, :size]
        self.images, self.masks = [], []
        for _ in range(n):
            mask = np.zeros((size, size), dtype=bool)
            for _ in range(rng.integers(1, 4)):
                r, c = rng.uniform(3, size - 3, 2)
                high, wide = rng.uniform(2.5, 4.5), rng.uniform(5, 9)
                mask |= ((rows - r) / high) ** 2 + ((cols - c) / wide) ** 2 < 1
            image = np.where(mask[:, :, None], CORAL, SAND) * rng.uniform(0.8, 1.2)
            self.images.append((image + rng.normal(0, 0.09, image.shape)).clip(0, 1).astype(np.float32))
            self.masks.append(mask.astype(np.float32))

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        img, mask = self.images[i], self.masks[i]
        img = torch.from_numpy(((img - 0.5) / 0.15).T)
        return img, torch.from_numpy(mask)


class Segmenter(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(),
            nn.Conv2d(width, 1, 1),
        )

    def forward(self, x):
        return self.body(x).squeeze(1)


@torch.no_grad()
def iou(net, loader):
    net.eval()
    inter = union = 0
    for img, mask in loader:
        found = net(img) > 0
        inter += (found & (mask > 0.5)).sum().item()
        union += (found | (mask > 0.5)).sum().item()
    return inter / max(union, 1)


if __name__ == "__main__":
    torch.manual_seed(0)
    train = DataLoader(ReefPhotos(500, seed=1), batch_size=20, shuffle=True)
    val = DataLoader(ReefPhotos(150, seed=2), batch_size=50)
    net = Segmenter()
    optim = torch.optim.Adam(net.parameters(), lr=3e-3)
    criterion = nn.BCEWithLogitsLoss()
    for epoch in range(6):
        net.train()
        losses = []
        for img, mask in train:
            loss = criterion(net(img), mask)
            optim.zero_grad()
            loss.backward()
            optim.step()
            losses.append(loss.item())
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.3f}, val IoU {iou(net, val):.3f}")
