import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset


class DigitNet(nn.Module):
    def __init__(self, channels):
        super().__init__()
        c1, c2 = channels
        self.conv1 = nn.Conv2d(1, c1, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(c1, c2, kernel_size=3, padding=1)
        self.norm1, self.norm2 = nn.BatchNorm2d(c1), nn.BatchNorm2d(c2)
        self.fc = nn.Linear(c2 * 4, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm1(self.conv1(x))), 2)
        x = F.max_pool2d(F.relu(self.norm2(self.conv2(x))), 2)
        return self.fc(x.flatten(1))


def load():
    digits = load_digits()
    x = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1)
    x = (x - x.mean()) / x.std()
    y = torch.tensor(digits.target)
    train, val = train_test_split(range(len(y)), test_size=0.25, random_state=4, stratify=digits.target)
    return TensorDataset(x[train], y[train]), TensorDataset(x[val], y[val])


def run_epoch(net, loader, optimizer=None):
    net.train(optimizer is not None)
    loss_sum, hits, n = 0.0, 0, 0
    with torch.set_grad_enabled(optimizer is not None):
        for x, y in loader:
            out = net(x)
            loss = F.cross_entropy(out, y)
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            loss_sum += loss.item() * len(y)
            hits += (out.argmax(1) == y).sum().item()
            n += len(y)
    return loss_sum / n, hits / n


torch.manual_seed(4)
train_set, val_set = load()
train_loader = DataLoader(train_set, batch_size=32, shuffle=True)
val_loader = DataLoader(val_set, batch_size=450)
net = DigitNet(channels=(1, 2))
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(1, 13):
    train_loss, train_acc = run_epoch(net, train_loader, optimizer)
    val_loss, val_acc = run_epoch(net, val_loader)
    print(f"{epoch:2d}  train {train_loss:.3f} {train_acc:.3f}  val {val_loss:.3f} {val_acc:.3f}")
