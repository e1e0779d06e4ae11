import math

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(21)
SPECIES = 5
N = 2400
FRAMES = 64

# every clip is the loudness envelope of one call: some syllables, each species with its own rhythm
t = torch.linspace(0, 1, FRAMES)
label = torch.randint(0, SPECIES, (N,))
rate = torch.tensor([3.0, 4.5, 6.0, 8.0, 10.5])[label] + 0.35 * torch.randn(N)
phase = 2 * math.pi * torch.rand(N)
loud = torch.exp(torch.randn(N))
clips = loud[:, None] * (0.5 + 0.5 * torch.sin(2 * math.pi * rate[:, None] * t + phase[:, None])) ** 2
clips = clips + 0.03 * torch.randn(N, FRAMES)

# noise gate, then bring every clip to full scale
gate_level = 0.12
clips = torch.where(clips > gate_level, clips, torch.zeros(()))
clips = clips / clips.amax(dim=1, keepdim=True).clamp(min=gate_level)

split = 1900
train_dl = DataLoader(TensorDataset(clips[:split], label[:split]), batch_size=50, shuffle=True)
val_dl = DataLoader(TensorDataset(clips[split:], label[split:]), batch_size=250)

net = nn.Sequential(
    nn.Unflatten(1, (1, FRAMES)),
    nn.Conv1d(1, 16, 9, padding=4), nn.ReLU(), nn.MaxPool1d(2),
    nn.Conv1d(16, 32, 7, padding=3), nn.ReLU(), nn.AdaptiveAvgPool1d(4),
    nn.Flatten(),
    nn.Linear(128, SPECIES),
)
criterion = nn.CrossEntropyLoss()
opt = torch.optim.Adam(net.parameters(), lr=2e-3)

for epoch in range(1, 13):
    net.train()
    seen, total = 0, 0.0
    for xb, yb in train_dl:
        opt.zero_grad()
        loss = criterion(net(xb), yb)
        loss.backward()
        opt.step()
        total += loss.item() * len(xb)
        seen += len(xb)
    net.eval()
    good = 0
    with torch.no_grad():
        for xb, yb in val_dl:
            good += (net(xb).argmax(1) == yb).sum().item()
    print(f"epoch {epoch:2d} | train loss {total / seen:.4f} | val accuracy {good / (N - split):.3f}")
