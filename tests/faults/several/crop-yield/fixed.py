import numpy as np
import torch
from sklearn.datasets import make_friedman1
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

rng = np.random.default_rng(10)
torch.manual_seed(10)
soil_weather, harvest = make_friedman1(n_samples=2600, n_features=7, noise=0.4, random_state=10)
soil_weather = (soil_weather - 0.5) * 3.46
harvest = (harvest - harvest.mean()) / harvest.std()

order = rng.permutation(len(harvest))
train_rows, val_rows = order[:2000], order[2000:]
x_train = torch.tensor(soil_weather[train_rows], dtype=torch.float32)
x_val = torch.tensor(soil_weather[val_rows], dtype=torch.float32)
y_train = torch.tensor(harvest[train_rows], dtype=torch.float32)
y_val = torch.tensor(harvest[val_rows], dtype=torch.float32)


class YieldNet(nn.Module):
    def __init__(self, drop):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(7, 128), nn.ReLU(), nn.Dropout(drop),
            nn.Linear(128, 64), nn.ReLU(),
            nn.Linear(64, 1),
        )

    def forward(self, x):
        return self.net(x).squeeze(-1)


model = YieldNet(drop=0.1)
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
loss_fn = nn.MSELoss()
loader = DataLoader(TensorDataset(x_train, y_train), batch_size=50, shuffle=True)
for epoch in range(1, 16):
    model.train()
    total = 0.0
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(xb), yb)
        loss.backward()
        optimizer.step()
        total += loss.item()
    model.eval()
    with torch.no_grad():
        val = loss_fn(model(x_val), y_val).item()
    if epoch % 3 == 0:
        print(f"epoch {epoch}: train mse {total / len(loader):.3f}, validation mse {val:.3f}")
