import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split


class Patience:
    def __init__(self, patience, min_delta):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited = float("inf"), 0

    def enough(self, value):
        if value < self.best - self.min_delta:
            self.best, self.waited = value, 0
        else:
            self.waited += 1
        return self.waited >= self.patience


class CurveCoder(nn.Module):
    """squeezes curves of 48 points into 3 numbers"""

    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(nn.Linear(48, 64), nn.GELU(), nn.Linear(64, 32), nn.GELU(), nn.Linear(32, 3))
        self.up = nn.Sequential(nn.Linear(3, 32), nn.GELU(), nn.Linear(32, 64), nn.GELU(), nn.Linear(64, 48))

    def forward(self, x):
        return self.up(self.down(x))


torch.manual_seed(30)
t = torch.linspace(0, 1, 48)
freq, phase = torch.rand(2500, 1) * 1.5 + 0.7, torch.rand(2500, 1) * 6.28
curves = torch.sin(6.28 * freq * t + phase) + 0.05 * torch.randn(2500, 48)
train_set, val_set = random_split(TensorDataset(curves), [2000, 500])
val = curves[val_set.indices]
net = CurveCoder()
adam = torch.optim.Adam(net.parameters(), lr=1e-3)
stop = Patience(patience=3, min_delta=0.0)
epoch, finished = 0, False

while not finished and epoch < 40:
    epoch += 1
    net.train()
    for (x,) in DataLoader(train_set, batch_size=50, shuffle=True):
        loss = nn.functional.mse_loss(net(x), x)
        adam.zero_grad()
        loss.backward()
        adam.step()
    net.eval()
    with torch.no_grad():
        val_mse = nn.functional.mse_loss(net(val), val).item()
    print(f"epoch {epoch:3d}: train {loss.item():.4f} val {val_mse:.4f}")
    finished = stop.enough(val_mse)
