import math
import resource

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

PIXELS = 24


def aerial_images(n):
    wavelength = 4 + 6 * torch.rand(n)
    angle = math.pi * torch.rand(n)
    phase = 2 * math.pi * torch.rand(n)
    axis = torch.arange(PIXELS, dtype=torch.float32)
    x, y = axis.view(1, 1, -1), axis.view(1, -1, 1)
    wave_x = (torch.cos(angle) / wavelength).view(-1, 1, 1)
    wave_y = (torch.sin(angle) / wavelength).view(-1, 1, 1)
    ripples = torch.sin(2 * math.pi * (x * wave_x + y * wave_y) + phase.view(-1, 1, 1))
    images = (ripples + 0.3 * torch.randn(n, PIXELS, PIXELS)) / 0.77
    return images.unsqueeze(1), (wavelength - 7) / 1.73


class RippleNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(),
            nn.Conv2d(12, 12, 3, padding=1), nn.ReLU(),
            nn.Conv2d(12, 12, 3, padding=1), nn.ReLU(),
            nn.Conv2d(12, 32, 3, stride=2, padding=1), nn.ReLU(),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        )
        self.head = nn.Sequential(nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, x):
        return self.head(self.body(x)).squeeze(1)


def validate(net, loader):
    net.eval()
    predicted, true = [], []
    for images, wavelength in loader:
        predicted.append(net(images))
        true.append(wavelength)
    predicted, true = torch.cat(predicted), torch.cat(true)
    return 1 - nn.functional.mse_loss(predicted, true).item() / true.var().item()


torch.manual_seed(64)
train_loader = DataLoader(TensorDataset(*aerial_images(900)), batch_size=32, shuffle=True)
val_loader = DataLoader(TensorDataset(*aerial_images(2400)), batch_size=100)
net = RippleNet()
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)

for epoch in range(1, 11):
    net.train()
    running = 0.0
    for images, wavelength in train_loader:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(net(images), wavelength)
        loss.backward()
        optimizer.step()
        running += loss.item()
    if epoch % 2 == 0:
        r2 = validate(net, val_loader)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"epoch {epoch:2d}  train mse {running / len(train_loader):.4f}  val R2 {r2:.4f}  peak memory {peak} MB")
