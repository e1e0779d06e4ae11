import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Photographs(Dataset):
    """Two spots on grey ground, one red and one blue; asked is the field of the red one."""

    size = 18

    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.photos = np.empty((n, self.size, self.size, 3), dtype=np.float32)
        self.fields = np.empty(n, dtype=np.int64)
        for i in range(n):
            photo = rng.normal(0.5, 0.2, (self.size, self.size, 3))
            red, blue = rng.choice(9, 2, replace=False)
            for field, channel in ((red, 0), (blue, 2)):
                y, x = np.array(divmod(field, 3)) * 6 + rng.integers(1, 4, 2)
                photo[y:y + 2, x:x + 2, channel] += 0.45
            self.photos[i], self.fields[i] = photo, red

    def __len__(self):
        return len(self.fields)

    def __getitem__(self, index):
        photo = torch.from_numpy(self.photos[index]).permute(2, 0, 1)
        return (photo - 0.5) / 0.21, self.fields[index]


class SpotNet(nn.Module):
    def __init__(self, channels, width=24):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        self.pool = nn.AdaptiveMaxPool2d(3)
        self.fc = nn.Linear(width * 9, 9)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x))
        return self.fc(self.pool(x).flatten(1))


def main():
    torch.manual_seed(8)
    train_set, val_set = Photographs(400, 0), Photographs(400, 1)
    train_loader = DataLoader(train_set, batch_size=20, shuffle=True)
    val_loader = DataLoader(val_set, batch_size=200)
    photos, _ = next(iter(train_loader))
    net = SpotNet(photos.shape[1])
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
    for epoch in range(1, 16):
        net.train()
        running = 0.0
        for photos, fields in train_loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(net(photos), fields)
            loss.backward()
            optimizer.step()
            running += loss.item()
        net.eval()
        with torch.no_grad():
            right = sum((net(p).argmax(1) == f).sum().item() for p, f in val_loader)
        print(f"epoch {epoch} loss {running / len(train_loader):.3f} right {right / len(val_set):.3f}")


if __name__ == "__main__":
    main()
