import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

SEED = 12
EPOCHS = 15
LR = 1e-3
BATCH_SIZE = 64

torch.manual_seed(SEED)
rng = np.random.default_rng(SEED)


def water_samples(n):
    x = rng.normal(size=(n, 10)).astype("float32")
    bloom = np.tanh(1.5 * x[:, 0] * x[:, 1]) + 0.8 * np.sin(1.5 * x[:, 2]) + 0.6 * x[:, 3] - 0.5 * np.abs(x[:, 4])
    y = (bloom - bloom.mean()) / bloom.std() + 0.1 * rng.normal(size=n)
    return torch.from_numpy(x), torch.from_numpy(y.astype("float32"))


class PlanktonNet(nn.Module):
    def __init__(self, d_in=10, d_hidden=64):
        super().__init__()
        self.fc1 = nn.Linear(d_in, d_hidden)
        self.fc2 = nn.Linear(d_hidden, d_hidden)
        self.fc3 = nn.Linear(d_hidden, 1)
        self.act = nn.SiLU()

    def forward(self, x):
        x = self.act(self.fc1(x))
        x = self.act(self.fc2(x))
        return self.fc3(x).squeeze(-1)


train_ds = TensorDataset(*water_samples(8000))
val_x, val_y = water_samples(1500)
train_dl = DataLoader(train_ds, batch_size=BATCH_SIZE, shuffle=True)

model = PlanktonNet()
optimizer = torch.optim.Adam(model.parameters(), lr=LR)
loss_fn = nn.MSELoss()

for epoch in range(1, EPOCHS + 1):
    model.train()
    running = 0.0
    for xb, yb in train_dl:
        optimizer.zero_grad()
        loss = loss_fn(model(xb), yb)
        loss.backward()
        optimizer.step()
        running += loss.item() * len(xb)

    model.eval()
    with torch.no_grad():
        val_loss = loss_fn(model(val_x), val_y).item()
    print(f"Epoch {epoch:3d}/{EPOCHS}  train mse {running / len(train_ds):.4f}  val mse {val_loss:.4f}")
