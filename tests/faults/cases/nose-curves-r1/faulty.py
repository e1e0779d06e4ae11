"""Electronic nose: eight gas sensors, 48 readings per sniff, four gases."""
import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset, random_split

SENSORS, STEPS = 8, 48


class SniffDataset(Dataset):
    """Each gas has its own rise and decay time; the height of a curve only tells the concentration."""

    RISE = [3.0, 3.0, 9.0, 9.0]
    DECAY = [12.0, 30.0, 12.0, 30.0]

    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.gas = rng.integers(0, 4, n)
        t = np.arange(STEPS)
        curves = np.zeros((n, STEPS, SENSORS), dtype=np.float32)
        for i, g in enumerate(self.gas):
            onset = rng.integers(2, 8)
            s = np.clip(t - onset, 0, None)
            shape = (1 - np.exp(-s / self.RISE[g])) * np.exp(-s / self.DECAY[g])
            gain = rng.lognormal(0, 0.4, SENSORS)
            curves[i] = shape[:, None] * gain + 0.08 * rng.normal(size=(STEPS, SENSORS))
        self.curves = (curves - curves.mean()) / curves.std()

    def __len__(self):
        return len(self.gas)

    def __getitem__(self, i):
        return torch.from_numpy(self.curves[i]), int(self.gas[i])


class NoseNet(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.gru = nn.GRU(SENSORS, hidden, num_layers=1)
        self.fc = nn.Linear(hidden, 4)

    def forward(self, x):
        out, _ = self.gru(x)
        return self.fc(out[:, -1, :])


torch.manual_seed(21)
train_set, val_set = random_split(SniffDataset(1500, seed=21), [1200, 300])
train_loader = DataLoader(train_set, batch_size=40, shuffle=True)
val_loader = DataLoader(val_set, batch_size=40)

model = NoseNet()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.005)

for epoch in range(12):
    model.train()
    train_loss = 0
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        train_loss += loss.item() * len(y)
    model.eval()
    val_loss, correct = 0, 0
    with torch.no_grad():
        for x, y in val_loader:
            logits = model(x)
            val_loss += criterion(logits, y).item() * len(y)
            correct += (logits.argmax(dim=1) == y).sum().item()
    print(f"Epoch {epoch + 1}: train loss {train_loss / len(train_set):.4f}, "
          f"val loss {val_loss / len(val_set):.4f}, val acc {correct / len(val_set):.3f}")
