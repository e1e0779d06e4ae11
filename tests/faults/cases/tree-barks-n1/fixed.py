import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset

SPECIES = ["oak", "birch", "pine", "beech", "plane", "cherry"]


def bark(species, rng, size=24):
    yy, xx = np.mgrid[0:size, 0:size]
    p, q = rng.uniform(0, 2 * np.pi, 2)
    base = [0.40, 0.75, 0.45, 0.60, 0.65, 0.35][species]
    if species == 0:
        texture = np.sin(xx * 1.3 + np.sin(yy * 0.5 + p))
    elif species == 1:
        texture = np.where(np.sin(yy * 0.9 + p) > 0.75, -2.0, 0.3)
    elif species == 2:
        texture = np.sin(xx * 0.9 + p) * np.sin(yy * 0.7 + q)
    elif species == 3:
        texture = 0.3 * np.sin((xx + yy) * 0.2 + p)
    elif species == 4:
        texture = np.sign(np.sin(xx * 0.5 + p) + np.sin(yy * 0.45 + q))
    else:
        texture = np.sin(yy * 1.4 + p)
    img = base + rng.normal(0, 0.03) + 0.12 * texture + rng.normal(0, 0.12, (size, size))
    return ((img - 0.53) / 0.22).astype(np.float32)


class BarkDataset(Dataset):
    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.labels = rng.integers(0, len(SPECIES), n)
        self.patches = [torch.from_numpy(bark(s, rng)).unsqueeze(0) for s in self.labels]

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, idx):
        return self.patches[idx], int(self.labels[idx])


class BarkNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(16)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(32)
        self.drop = nn.Dropout(0.3)
        self.fc = nn.Linear(32, len(SPECIES))

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)
        x = F.max_pool2d(F.relu(self.bn2(self.conv2(x))), 2)
        x = x.mean(dim=(2, 3))
        return self.fc(self.drop(x))


torch.manual_seed(19)
train_loader = DataLoader(BarkDataset(1200, seed=1), batch_size=32, shuffle=True)
test_set = BarkDataset(300, seed=2)
test_loader = DataLoader(test_set, batch_size=1)

model = BarkNet()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10)
for epoch in range(10):
    model.train()
    running_loss, running_hits = 0.0, 0
    for patches, labels in train_loader:
        optimizer.zero_grad()
        outputs = model(patches)
        loss = F.cross_entropy(outputs, labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item() * len(labels)
        running_hits += (outputs.argmax(1) == labels).sum().item()
    scheduler.step()
    print(f"epoch {epoch + 1}: loss {running_loss / 1200:.4f}, accuracy {running_hits / 1200:.4f}")

# predictions
rows = ["id,species"]
hits = 0
model.eval()
with torch.no_grad():
    for i, (patch, label) in enumerate(test_loader):
        pred = model(patch).argmax(1).item()
        rows.append(f"{i},{SPECIES[pred]}")
        hits += pred == label.item()
print("\n".join(rows[:4]))
print(f"{len(rows) - 1} predictions, accuracy {hits / len(test_set):.4f}")
