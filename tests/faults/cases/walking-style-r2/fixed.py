import argparse

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

parser = argparse.ArgumentParser()
parser.add_argument("--hidden", type=int, default=24)
parser.add_argument("--layers", type=int, default=2)
parser.add_argument("--epochs", type=int, default=7)
parser.add_argument("--lr", type=float, default=5e-3)
args = parser.parse_args([])
torch.manual_seed(23)

GAITS = ["stroll", "walk", "jog", "limp", "stairs"]


def simulate(n, steps=40):
    gait = torch.randint(len(GAITS), (n,))
    rate = torch.tensor([0.35, 0.55, 0.9, 0.55, 0.55])[gait].unsqueeze(1)
    t = torch.arange(steps).float()
    phase = rate * (1 + 0.05 * torch.randn(n, 1)) * t + 6.28 * torch.rand(n, 1)
    swing = torch.sin(phase)
    limp = (gait == 3).unsqueeze(1)
    forward = torch.where(limp, swing * (0.6 + 0.4 * torch.sign(torch.sin(phase / 2))), swing)
    lift = torch.cos(phase) + (gait == 4).unsqueeze(1) * 0.9 * torch.cos(2 * phase)
    signal = torch.stack([forward, lift], dim=2)
    return (signal + 0.25 * torch.randn_like(signal)) / 0.8, gait


class GaitNet(nn.Module):
    def __init__(self, hidden, layers):
        super().__init__()
        self.hidden, self.layers = hidden, layers
        self.gru = nn.GRU(2, hidden, layers, batch_first=True)
        self.fc = nn.Linear(hidden, len(GAITS))

    def forward(self, x):
        h0 = torch.zeros(self.layers, x.size(0), self.hidden)
        out, hn = self.gru(x, h0)
        return self.fc(hn[-1])


train_set = TensorDataset(*simulate(2000))
x_val, y_val = simulate(500)
loader = DataLoader(train_set, batch_size=40, shuffle=True)
model = GaitNet(args.hidden, args.layers)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)

for epoch in range(args.epochs):
    model.train()
    losses = []
    for x, y in loader:
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        logits = model(x_val)
        val_loss = criterion(logits, y_val).item()
        val_acc = (logits.argmax(1) == y_val).float().mean().item()
    print(f"[{epoch + 1}/{args.epochs}] loss {sum(losses) / len(losses):.4f} val_loss {val_loss:.4f} val_acc {val_acc:.4f}")
