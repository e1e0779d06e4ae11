import math

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Waves(Dataset):
    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        t = torch.linspace(0, 1, 48)
        self.kind = torch.randint(0, 3, (n,), generator=g)
        freq = 2 + 3 * torch.rand(n, 1, generator=g)
        phase = torch.rand(n, 1, generator=g)
        angle = (freq * t + phase) % 1
        forms = torch.stack([torch.sin(2 * math.pi * angle), (angle < 0.5) * 2.0 - 1, 2 * angle - 1])
        clean = forms[self.kind, torch.arange(n)]
        self.signal = (clean + 0.6 * torch.randn(n, 48, generator=g)).unsqueeze(1)

    def __len__(self):
        return len(self.kind)

    def __getitem__(self, i):
        return self.signal[i], self.kind[i]


def accuracy(model, loader):
    model.eval()
    with torch.no_grad():
        hits = sum((model(x).argmax(1) == y).sum().item() for x, y in loader)
    model.train()
    return hits / len(loader.dataset)


torch.manual_seed(2)
train_set = Waves(2000, 0)
order = torch.randperm(len(train_set)).tolist()
train_loader = DataLoader(train_set, batch_size=16, sampler=order, drop_last=True)
val_loader = DataLoader(Waves(600, 1), batch_size=300)

model = nn.Sequential(
    nn.Conv1d(1, 16, 5, padding=2), nn.ReLU(), nn.MaxPool1d(2),
    nn.Conv1d(16, 32, 5, padding=2), nn.ReLU(), nn.AdaptiveAvgPool1d(4),
    nn.Flatten(), nn.Linear(128, 3),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)

model.train()
average = None
for step in range(1, 501):
    x, y = next(iter(train_loader))
    loss = criterion(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    average = loss.item() if average is None else 0.95 * average + 0.05 * loss.item()
    if step % 100 == 0:
        print(f"step {step} loss {average:.4f} val acc {accuracy(model, val_loader):.3f}")
