import math

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

MICRO, STEPS_PER_UPDATE, EPOCHS = 5, 20, 10


def stars(n, seed):
    gen = torch.Generator().manual_seed(seed)
    x = torch.rand(n, 6, generator=gen) * 2 - 1
    brightness = torch.sin(math.pi * x[:, 0] * x[:, 1]) + x[:, 2] ** 2 * 2 + x[:, 3] - 0.5 * x[:, 4]
    return TensorDataset(x / 0.577, brightness - 0.67 + 0.05 * torch.randn(n, generator=gen))


torch.manual_seed(19)
train_loader = DataLoader(stars(2000, 1), batch_size=MICRO, shuffle=True)
x_val, y_val = stars(500, 2)[:]
net = nn.Sequential(nn.Linear(6, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
criterion = nn.MSELoss()
history = []
for epoch in range(1, EPOCHS + 1):
    net.train()
    epoch_loss = 0.0
    for step, (x, y) in enumerate(train_loader, 1):
        loss = criterion(net(x).squeeze(1), y)
        (loss / STEPS_PER_UPDATE).backward()
        epoch_loss += loss.item()
        if step % STEPS_PER_UPDATE == 0:
            optimizer.step()
            optimizer.zero_grad()
    history.append(epoch_loss / len(train_loader))
    net.eval()
    with torch.no_grad():
        val = criterion(net(x_val).squeeze(1), y_val).item()
    print(f"epoch {epoch} loss {history[-1]:.4f} validation {val:.4f}")
