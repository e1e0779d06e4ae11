import math

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

LENGTH = 64


class SignalNet(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        self.backbone = nn.Sequential(
            nn.Conv1d(1, 16, 7, stride=2, padding=3), nn.ReLU(),
            nn.Conv1d(16, 32, 5, stride=2, padding=2), nn.ReLU(),
            nn.AdaptiveAvgPool1d(4), nn.Flatten(),
            nn.Linear(128, 24), nn.ReLU(),
        )
        self.head = nn.Linear(24, n_classes)

    def forward(self, x):
        return self.head(self.backbone(x))


def shapes(n, waves, gen):
    """waves: one (frequency, second frequency) per class; phases are random."""
    label = torch.randint(len(waves), (n,), generator=gen)
    t = torch.linspace(0, 2 * math.pi, LENGTH)
    f = torch.tensor(waves)[label]
    phase = 2 * math.pi * torch.rand(n, 2, generator=gen)
    x = torch.sin(f[:, :1] * t + phase[:, :1]) + torch.sin(f[:, 1:] * t + phase[:, 1:])
    return TensorDataset((x + 0.3 * torch.randn(n, LENGTH, generator=gen)).unsqueeze(1), label)


def run_epochs(net, loader, optimizer, epochs):
    loss_fn = nn.CrossEntropyLoss()
    for _ in range(epochs):
        net.train()
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_fn(net(x), y)
            loss.backward()
            optimizer.step()
    return loss.item()


@torch.no_grad()
def accuracy(net, loader):
    net.eval()
    return sum((net(x).argmax(1) == y).sum().item() for x, y in loader) / len(loader.dataset)


torch.manual_seed(28)
gen = torch.Generator().manual_seed(28)
source_waves = [(1.0, 2.0), (2.0, 3.0), (3.0, 4.0), (1.0, 4.0), (2.0, 4.0)]
target_waves = [(9.0, 12.0), (9.0, 15.0), (12.0, 15.0), (12.0, 18.0), (15.0, 18.0), (9.0, 18.0)]
source = DataLoader(shapes(1500, source_waves, gen), batch_size=50, shuffle=True)
target = DataLoader(shapes(1500, target_waves, gen), batch_size=50, shuffle=True)
target_val = DataLoader(shapes(500, target_waves, gen), batch_size=250)

net = SignalNet(len(source_waves))
run_epochs(net, source, torch.optim.Adam(net.parameters(), lr=2e-3), 5)

net.head = nn.Linear(24, len(target_waves))
for p in net.backbone.parameters():
    p.requires_grad = False
run_epochs(net, target, torch.optim.Adam(net.head.parameters(), lr=2e-3), 3)
print(f"head trained: val accuracy {accuracy(net, target_val):.3f}")

net.backbone.requires_grad = True
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
for epoch in range(1, 13):
    last = run_epochs(net, target, optimizer, 1)
    print(f"fine-tuning epoch {epoch}: last loss {last:.4f}, val accuracy {accuracy(net, target_val):.3f}")
