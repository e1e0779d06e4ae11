from types import SimpleNamespace

import torch
from sklearn.datasets import make_blobs
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

args = SimpleNamespace(lr=3e-3, epochs=10, batch=48, hidden=32, seed=6, kinds=5)


def dataset():
    x, y = make_blobs(2500, 8, centers=args.kinds, cluster_std=4.2, random_state=args.seed)
    x = (x - x.mean(0)) / x.std(0)
    x, y = torch.tensor(x, dtype=torch.float32), torch.tensor(y)
    return TensorDataset(x[:2000], y[:2000]), TensorDataset(x[2000:], y[2000:])


def train_one_epoch(model, loader, criterion, optimizer):
    model.train()
    epoch_loss = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item()
    return epoch_loss / len(loader)


def evaluate(model, loader, criterion):
    model.eval()
    epoch_loss, epoch_acc = 0.0, 0.0
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            epoch_loss += criterion(out, y).item()
            epoch_acc += (out.argmax(1) == y).float().sum().item()
    return epoch_loss / len(loader), epoch_acc / len(loader.dataset)


torch.manual_seed(args.seed)
train_set, val_set = dataset()
train_loader = DataLoader(train_set, args.batch, shuffle=True)
val_loader = DataLoader(val_set, args.batch)
model = nn.Sequential(nn.Linear(8, args.hidden), nn.GELU(), nn.Linear(args.hidden, args.kinds))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr)

for epoch in range(1, args.epochs + 1):
    train_loss = train_one_epoch(model, train_loader, criterion, optimizer)
    val_loss, val_acc = evaluate(model, val_loader, criterion)
    print(f"{epoch:2d} | train loss {train_loss:.3f} | val loss {val_loss:.3f} | val acc {val_acc:.3f}")
