import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class CausalBlock(nn.Module):
    def __init__(self, n_in, n_out, dilation):
        super().__init__()
        self.pad = nn.ConstantPad1d((2 * dilation, 0), 0.0)
        self.conv = nn.Conv1d(n_in, n_out, 3, dilation=dilation)
        self.skip = nn.Conv1d(n_in, n_out, 1)

    def forward(self, x):
        return torch.relu(self.conv(self.pad(x))) + self.skip(x)


class WaitingTime(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(CausalBlock(3, 16, 1), CausalBlock(16, 16, 2), CausalBlock(16, 16, 4))
        self.head = nn.Linear(16, 1)

    def forward(self, x):
        return self.head(self.blocks(x)[:, :, -1]).squeeze(1)


def lock_log(hours, rng):
    """Ships upstream and downstream per hour, water level, and the minutes that the next ship waits."""
    rhythm = 1.2 + np.sin(2 * np.pi * np.arange(hours) / 24)
    up, down = rng.poisson(3 * rhythm), rng.poisson(2.5 * rhythm)
    level = np.convolve(rng.normal(size=hours + 47), np.ones(48) / 7, mode="valid")
    queue, waits = 0.0, np.zeros(hours)
    for t in range(hours):
        capacity = 8.0 - 1.5 * np.clip(level[t], -1, 2)
        queue = max(0.0, 0.9 * queue + up[t] + down[t] - capacity)
        waits[t] = 10 + 6 * queue + abs(up[t] - down[t])
    return np.stack([up, down, level]).astype(np.float32), waits.astype(np.float32)


def windows(series, waits, length=24):
    x = np.stack([series[:, i - length : i] for i in range(length, len(waits))])
    return torch.from_numpy(x), torch.from_numpy(waits[length - 1 : -1])


torch.manual_seed(18)
rng = np.random.default_rng(18)
series, waits = lock_log(3600, rng)
series = (series - series[:, :2800].mean(1, keepdims=True)) / series[:, :2800].std(1, keepdims=True)
spread = waits[:2800].std()
waits = (waits - waits[:2800].mean()) / spread
train = TensorDataset(*windows(series[:, :2800], waits[:2800]))
x_val, y_val = windows(series[:, 2800:], waits[2800:])
loader = DataLoader(train, batch_size=32, shuffle=True)

model = WaitingTime()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
criterion = nn.MSELoss()
for epoch in range(1, 16):
    model.train()
    train_loss = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        train_loss += loss.item()
    model.eval()
    with torch.no_grad():
        miss = (model(x_val) - y_val).abs().mean().item() * spread
    print(f"epoch {epoch:2d}: train loss {train_loss / len(loader):.4f}, validation error {miss:.1f} minutes")
