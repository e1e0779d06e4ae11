import math
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import TensorDataset, DataLoader, random_split

torch.manual_seed(17)


def simulate(n):
    """Hourly readings (6 sensors) -> rain tomorrow (binary), temperature tomorrow, wind sector (4)."""
    x = torch.randn(n, 6)
    front = x[:, 0] * x[:, 1] + 0.8 * x[:, 2]
    rain = (front + 0.2 * torch.randn(n) > 0).float()
    temp = torch.sin(1.5 * x[:, 3]) + 0.5 * x[:, 4] ** 2 + 0.1 * torch.randn(n)
    sector = ((x[:, 4] > 0).long() * 2 + (x[:, 5] > x[:, 3] * 0.5).long())
    return TensorDataset(x, rain, temp, sector)


class MultiTask(nn.Module):
    def __init__(self, d=6, width=48):
        super().__init__()
        towers = nn.ModuleDict()
        for task, n_out in [("rain", 1), ("temp", 1), ("sector", 4)]:
            towers[task] = nn.Sequential(
                nn.Linear(d, width), nn.ReLU(),
                nn.Linear(width, width), nn.ReLU(),
                nn.Linear(width, n_out))
        self.towers = towers
        # homoscedastic weights (Kendall et al.)
        self.log_var = nn.Parameter(torch.zeros(3))

    def forward(self, x):
        return {task: tower(x) for task, tower in self.towers.items()}

    def loss(self, out, rain, temp, sector):
        parts = torch.stack([
            F.binary_cross_entropy_with_logits(out["rain"].squeeze(1), rain),
            F.mse_loss(out["temp"].squeeze(1), temp),
            F.cross_entropy(out["sector"], sector),
        ])
        return (parts * torch.exp(-self.log_var) + 0.5 * self.log_var).sum()


train_ds, val_ds = random_split(simulate(5000), [4000, 1000])
model = MultiTask()
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
for epoch in range(8):
    model.train()
    for batch in DataLoader(train_ds, batch_size=64, shuffle=True):
        x, *targets = batch
        loss = model.loss(model(x), *targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    model.eval()
    with torch.no_grad():
        x, rain, temp, sector = next(iter(DataLoader(val_ds, batch_size=len(val_ds))))
        out = model(x)
        rain_acc = ((out["rain"].squeeze(1) > 0) == (rain > 0.5)).float().mean()
        rmse = math.sqrt(F.mse_loss(out["temp"].squeeze(1), temp))
        sector_acc = (out["sector"].argmax(1) == sector).float().mean()
    print(f"epoch {epoch}: train loss {loss.item():.3f} | rain acc {rain_acc:.3f} | temp rmse {rmse:.3f} | sector acc {sector_acc:.3f}")
