import math

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

SHAPES = ["upsweep", "downsweep", "convex", "concave", "sine"]
STEPS = 32


def contour(shape):
    t = torch.linspace(0, 1, STEPS)
    stretch = 0.7 + 0.6 * torch.rand(1)
    if shape == "upsweep":
        f = 2 * t - 1
    elif shape == "downsweep":
        f = 1 - 2 * t
    elif shape == "convex":
        f = 1 - 2 * (2 * t - 1) ** 2
    elif shape == "concave":
        f = 2 * (2 * t - 1) ** 2 - 1
    else:
        f = torch.sin(4 * math.pi * t + 2 * math.pi * torch.rand(1))
    return stretch * f + 0.4 * torch.randn(1) + 0.25 * torch.randn(STEPS)


def whistles(n):
    y = torch.randint(len(SHAPES), (n,))
    x = torch.stack([contour(SHAPES[k]) for k in y])
    return x.unsqueeze(-1) / 0.8, y


class WhistleRNN(nn.Module):
    def __init__(self, hidden_size=24, num_classes=5):
        super().__init__()
        self.gru = nn.GRU(1, hidden_size, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(0.1)
        self.fc = nn.Linear(hidden_size * 2, num_classes)

    def forward(self, x):
        _, h = self.gru(x)  # final states of both directions
        h = h.view(x.size(0), -1)
        return self.fc(self.dropout(h))


def run_epoch(model, loader, criterion, optimizer=None):
    model.train(optimizer is not None)
    loss_sum, correct, count = 0.0, 0, 0
    with torch.set_grad_enabled(optimizer is not None):
        for x, y in loader:
            out = model(x)
            loss = criterion(out, y)
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
            loss_sum += loss.item() * len(y)
            correct += (out.argmax(1) == y).sum().item()
            count += len(y)
    return loss_sum / count, correct / count


torch.manual_seed(17)
train_loader = DataLoader(TensorDataset(*whistles(2400)), batch_size=40, shuffle=True)
val_loader = DataLoader(TensorDataset(*whistles(600)), batch_size=40)
model = WhistleRNN()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(10):
    tr_loss, tr_acc = run_epoch(model, train_loader, criterion, optimizer)
    va_loss, va_acc = run_epoch(model, val_loader, criterion)
    print(f"epoch {epoch} | train loss {tr_loss:.3f} acc {tr_acc:.3f} | val loss {va_loss:.3f} acc {va_acc:.3f}")
