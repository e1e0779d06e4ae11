import argparse

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

parser = argparse.ArgumentParser(description="gas classification")
parser.add_argument("--epochs", default=8, type=int)
parser.add_argument("--batch-size", default=16, type=int)
parser.add_argument("--accum", default=128, type=int, help="micro-batches per optimizer step")
parser.add_argument("--lr", default=3e-3, type=float)
parser.add_argument("--seed", default=5, type=int)
args = parser.parse_args([])

torch.manual_seed(args.seed)


def chamber(n, profile, rise):
    gas = torch.randint(5, (n,))
    t = torch.arange(40.0)
    start = torch.randint(0, 12, (n, 1, 1))
    curve = 1 - torch.exp(-(t - start).clamp(min=0) / rise[gas][:, :, None])
    return 0.7 * profile[gas][:, :, None] * curve + 0.5 * torch.randn(n, 16, 40), gas


profile, rise = torch.randn(5, 16), 2 + 8 * torch.rand(5, 16)
train_ds = TensorDataset(*chamber(1600, profile, rise))
test_ds = TensorDataset(*chamber(500, profile, rise))
train_dl = DataLoader(train_ds, batch_size=args.batch_size, shuffle=True)
test_dl = DataLoader(test_ds, batch_size=100)

model = nn.Sequential(
    nn.Conv1d(16, 24, 5, padding=2), nn.ReLU(), nn.MaxPool1d(2),
    nn.Conv1d(24, 32, 5, padding=2), nn.ReLU(), nn.AdaptiveAvgPool1d(1),
    nn.Flatten(), nn.Linear(32, 5),
)
ce = nn.CrossEntropyLoss()
opt = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=0.01)

for epoch in range(args.epochs):
    model.train()
    opt.zero_grad()
    total = 0.0
    for step, (signal, gas) in enumerate(train_dl):
        loss = ce(model(signal), gas)
        (loss / args.accum).backward()
        if (step + 1) % args.accum == 0:
            opt.step()
            opt.zero_grad()
        total += loss.item()
    model.eval()
    with torch.no_grad():
        correct = sum((model(s).argmax(1) == g).sum().item() for s, g in test_dl)
    print(f"Epoch {epoch + 1}/{args.epochs} - loss: {total / len(train_dl):.4f} - test_acc: {correct / len(test_ds):.4f}")
