import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, Dataset, Subset

SEED = 1234
torch.manual_seed(SEED)
np.random.seed(SEED)


class ConcreteDataset(Dataset):
    COLUMNS = ["cement", "slag", "ash", "water", "plasticizer", "coarse", "fine", "age"]

    def __init__(self, n=5000):
        low = np.array([150, 0, 0, 140, 0, 800, 600, 1])
        high = np.array([500, 250, 180, 230, 20, 1100, 900, 120])
        raw = np.random.uniform(low, high, (n, 8))
        binder = raw[:, 0] + 0.7 * raw[:, 1] + 0.4 * raw[:, 2]
        ratio = raw[:, 3] / binder
        strength = 95 * np.exp(-1.6 * ratio) * np.log1p(raw[:, 7]) / np.log1p(28) + 0.4 * raw[:, 4]
        strength += np.random.normal(0, 1.5, n)
        self.x = torch.tensor((raw - raw.mean(0)) / raw.std(0), dtype=torch.float32)
        self.scale = strength.std()
        self.y = torch.tensor((strength - strength.mean()) / strength.std(), dtype=torch.float32)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(8, 64)
        self.fc2 = nn.Linear(64, 32)
        self.fc3 = nn.Linear(32, 1)

    def forward(self, x):
        x = torch.relu(self.fc1(x))
        x = torch.relu(self.fc2(x))
        return self.fc3(x).squeeze(-1)


dataset = ConcreteDataset()
train_ds, val_ds = Subset(dataset, range(4000)), Subset(dataset, range(4000, 5000))
train_loader = DataLoader(train_ds, batch_size=len(train_ds), shuffle=True)
val_loader = DataLoader(val_ds, batch_size=len(val_ds), shuffle=False)

model = Net()
optimizer = optim.Adam(model.parameters(), lr=0.001)
criterion = nn.MSELoss()

for epoch in range(20):
    model.train()
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        x, y = next(iter(val_loader))
        val_rmse = criterion(model(x), y).sqrt().item() * dataset.scale
    if (epoch + 1) % 5 == 0:
        print(f"Epoch {epoch + 1:3d}: train loss {loss.item():.4f}, val RMSE {val_rmse:.2f} MPa (std {dataset.scale:.2f})")
