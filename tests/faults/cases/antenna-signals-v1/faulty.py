import math

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

MICRO_BATCH = 8
ACCUMULATE = 16   # effective batch size 128
LEARNING_RATE = 0.06
EPOCHS = 11


def signals(n, length=96):
    kind = torch.randint(5, (n,))
    t = torch.arange(length).float()
    f = (0.5 + 0.3 * torch.rand(n, 1))
    slow = torch.sin(2 * math.pi * (t / length * (1.5 + torch.rand(n, 1)) + torch.rand(n, 1)))
    bits = torch.sign(torch.randn(n, length // 12)).repeat_interleave(12, dim=1)
    start = 2 * math.pi * torch.rand(n, 1)
    phase = f * t + start
    waves = torch.stack([
        torch.sin(phase) * math.sqrt(2),                          # carrier alone
        torch.sin(phase) * (1 + 0.9 * slow),                      # AM
        torch.sin(phase + 5 * slow) * math.sqrt(2),               # FM
        torch.sin(phase + math.pi / 2 * bits) * math.sqrt(2),     # PSK
        torch.sin(phase) * (0.2 + 0.9 * (bits + 1)),              # OOK
    ])
    x = waves[kind, torch.arange(n)] + 0.4 * torch.randn(n, length)
    return x.unsqueeze(1), kind


class ModulationNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv1d(1, 16, 9, padding=4), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(16, 32, 9, padding=4), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(32, 32, 5, padding=2), nn.ReLU(), nn.AdaptiveAvgPool1d(4), nn.Flatten(),
        )
        self.fc = nn.Linear(128, 5)

    def forward(self, x):
        return self.fc(self.conv(x))


torch.manual_seed(37)
train_loader = DataLoader(TensorDataset(*signals(2560)), batch_size=MICRO_BATCH, shuffle=True)
val_x, val_y = signals(600)
net = ModulationNet()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=LEARNING_RATE, momentum=0.9)

for epoch in range(1, EPOCHS + 1):
    net.train()
    optimizer.zero_grad()
    total = 0.0
    for i, (x, y) in enumerate(train_loader, start=1):
        loss = criterion(net(x), y)
        loss.backward()
        total += loss.item()
        if i % ACCUMULATE == 0:
            optimizer.step()
            optimizer.zero_grad()
    net.eval()
    with torch.no_grad():
        out = net(val_x)
        val_loss = criterion(out, val_y).item()
        val_acc = (out.argmax(1) == val_y).float().mean().item()
    print(f"epoch {epoch:2d} train {total / len(train_loader):.4f} val {val_loss:.4f} accuracy {val_acc:.3f}")
