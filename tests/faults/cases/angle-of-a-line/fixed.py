import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

SIDE = 14


def pictures(n, seed):
    g = torch.Generator().manual_seed(seed)
    slope = torch.rand(n, generator=g) * 2 - 1
    height = torch.rand(n, generator=g) - 0.5
    axis = torch.linspace(-1, 1, SIDE)
    line = slope[:, None] * axis[None, :] + height[:, None]
    away = axis[None, :, None] - line[:, None, :]
    ink = torch.exp(-(away / 0.12) ** 2) + 0.15 * torch.randn(n, SIDE, SIDE, generator=g)
    return ink.unsqueeze(1), torch.stack([slope, height], dim=1)


class LineNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.seq = nn.Sequential(
            nn.Conv2d(1, 12, 3), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 24, 3), nn.ReLU(), nn.Flatten(),
            nn.Linear(24 * 16, 48), nn.ReLU(), nn.Linear(48, 2),
        )

    def forward(self, x):
        return self.seq(x)


class LineError(nn.Module):
    """Vertical distance of two lines at the two edges of the picture, the larger one, averaged."""

    def forward(self, predicted, actual):
        errors = []
        for p, a in zip(predicted, actual):
            left = (p[1] - p[0]) - (a[1] - a[0])
            right = (p[1] + p[0]) - (a[1] + a[0])
            errors.append(torch.max(left ** 2, right ** 2))
        return torch.stack(errors).mean()


torch.manual_seed(109)
train = DataLoader(TensorDataset(*pictures(800, 1)), batch_size=20, shuffle=True)
x_val, y_val = pictures(200, 2)
model, criterion = LineNet(), LineError()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(1, 9):
    model.train()
    seen = []
    for x, y in train:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        seen.append(loss.item())
    model.eval()
    with torch.no_grad():
        val = criterion(model(x_val), y_val).item()
    print(f"epoch {epoch} line error: train {sum(seen) / len(seen):.4f}, validation {val:.4f}")
