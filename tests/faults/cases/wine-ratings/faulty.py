import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def cellar(n, rng):
    """Eleven measurements of a wine and the stars that a panel gave it."""
    x = rng.normal(size=(n, 11))
    taste = 1.1 * x[:, 0] - 0.9 * x[:, 3] ** 2 + 0.8 * x[:, 5] * x[:, 6] + 0.6 * x[:, 9]
    taste = taste + rng.normal(scale=0.3, size=n)
    stars = 1 + np.digitize(taste, [-2.0, -0.9, 0.1, 1.1])
    return torch.tensor(x, dtype=torch.float32), torch.tensor(stars, dtype=torch.float32)


class Sommelier(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(11, 64), nn.GELU(), nn.Linear(64, 64), nn.GELU(), nn.Linear(64, 1))

    def forward(self, x):
        return 3 + self.body(x).squeeze(-1)


rng = np.random.default_rng(2)
torch.manual_seed(2)
loader = DataLoader(TensorDataset(*cellar(3000, rng)), batch_size=64, shuffle=True)
x_val, stars_val = cellar(800, rng)
model = Sommelier()
criterion = nn.SmoothL1Loss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)

for epoch in range(1, 16):
    model.train()
    running = 0.0
    for x, stars in loader:
        optimizer.zero_grad()
        rating = torch.round(model(x)).clamp(1, 5)
        loss = criterion(rating, stars)
        loss.backward()
        optimizer.step()
        running += loss.item()
    model.eval()
    with torch.no_grad():
        guess = model(x_val).round().clamp(1, 5)
    exact = (guess == stars_val).float().mean().item()
    print(f"epoch {epoch:2d}: train loss {running / len(loader):.3f}, stars exactly right {exact:.3f}")
