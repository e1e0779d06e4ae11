import torch
import torch.nn as nn
from torch.optim.lr_scheduler import ReduceLROnPlateau
from torch.utils.data import DataLoader, TensorDataset


def addresses(n, gen):
    xy = torch.rand(n, 2, generator=gen) * 2 - 1
    extra = torch.randn(n, 6, generator=gen)
    bent = xy + 0.25 * torch.sin(4 * xy.flip(1))
    cell = ((bent + 1) / 2 * 3).long().clamp(0, 2)
    return torch.cat([xy / xy.std(0), extra], 1), cell[:, 0] * 3 + cell[:, 1]


def run_epoch(net, loader, criterion, optimizer=None):
    net.train(optimizer is not None)
    loss_sum, right, seen = 0.0, 0, 0
    with torch.set_grad_enabled(optimizer is not None):
        for x, y in loader:
            out = net(x)
            loss = criterion(out, y)
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            loss_sum += loss.item() * y.numel()
            right += (out.argmax(1) == y).sum().item()
            seen += y.numel()
    return loss_sum / seen, right / seen


gen = torch.Generator().manual_seed(77)
torch.manual_seed(77)
train_loader = DataLoader(TensorDataset(*addresses(4000, gen)), batch_size=64, shuffle=True, generator=gen)
valid_loader = DataLoader(TensorDataset(*addresses(1000, gen)), batch_size=500)

net = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 9))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
scheduler = ReduceLROnPlateau(optimizer, factor=0.1, patience=1)

best = 0.0
for epoch in range(20):
    train_loss, train_acc = run_epoch(net, train_loader, criterion, optimizer)
    valid_loss, valid_acc = run_epoch(net, valid_loader, criterion)
    scheduler.step(valid_acc)
    best = max(best, valid_acc)
    print(f"{epoch:02d}  train {train_loss:.3f}/{train_acc:.3f}  valid {valid_loss:.3f}/{valid_acc:.3f}  lr {optimizer.param_groups[0]['lr']:.1e}")
print(f"best valid accuracy {best:.3f}")
