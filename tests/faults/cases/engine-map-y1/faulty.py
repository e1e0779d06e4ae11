import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(40)


def torque(p):
    speed, load, angle = p.T
    best = 0.3 * speed - 0.4 * load
    return 1.5 * load + 0.5 * torch.sin(2 * speed) - (angle - best) ** 2 * (0.5 + 0.4 * load) + 0.05 * torch.randn(len(p))


points = torch.rand(4000, 3) * 2 - 1
values = torque(points)
train_loader = DataLoader(TensorDataset(points[:3200], values[:3200]), batch_size=8, shuffle=True)
val_points, val_values = points[3200:], values[3200:]

net = nn.Sequential(nn.Linear(3, 48), nn.Tanh(), nn.Linear(48, 48), nn.Tanh(), nn.Linear(48, 1), nn.Flatten(0))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
mse = nn.MSELoss()
accumulate = 16

for epoch in range(20):
    running = 0.0
    optimizer.zero_grad()
    for i, (p, t) in enumerate(train_loader, start=1):
        loss = mse(net(p), t)
        loss.backward()
        running += loss.item()
        if i % accumulate == 0:
            optimizer.step()
            optimizer.zero_grad()
    with torch.no_grad():
        val = mse(net(val_points), val_values).item()
    print(f"epoch {epoch + 1}\ttrain mse {running / i:.4f}\tval mse {val:.4f}\tval R2 {1 - val / val_values.var().item():.3f}")
