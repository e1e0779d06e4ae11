import torch
import torch.nn as nn

torch.manual_seed(47)


def field(n):
    """Displacement of a plate at a point, relative to its edge."""
    p = torch.rand(n, 2) * 2 - 1
    d = torch.sin(3 * p[:, :1]) * torch.cos(2 * p[:, 1:]) * (1 - p[:, :1] ** 2)
    return p, d


class Plate(nn.Module):
    def __init__(self, width=64, depth=3):
        super().__init__()
        layers = [nn.Linear(2, width), nn.Tanh()]
        for _ in range(depth - 1):
            layers += [nn.Linear(width, width), nn.Tanh()]
        self.net = nn.Sequential(*layers, nn.Linear(width, 1))

    def forward(self, p):
        return self.net(p)


def physics_weighted_mse(prediction, target, weight=1e-6):
    """Squared error in SI units, as the other terms of the energy are."""
    return weight * (prediction.float() - target).pow(2).mean()


points, displacement = field(4000)
points_val, displacement_val = field(1000)
model = Plate()
scaler = torch.amp.GradScaler("cpu", enabled=False)
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3, eps=1e-15)

for epoch in range(1, 16):
    running = 0.0
    for idx in torch.randperm(len(points)).split(100):
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.float16):
            loss = physics_weighted_mse(model(points[idx]), displacement[idx])
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        running += loss.item()
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.float16):
        error = (model(points_val).float() - displacement_val).abs().mean().item()
    if epoch % 3 == 0:
        print(f"epoch {epoch} loss {running / 40:.3e} mean error {error:.4f} (mean size {displacement_val.abs().mean().item():.3f})")
