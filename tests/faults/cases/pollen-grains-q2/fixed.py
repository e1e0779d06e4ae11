import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(28)
rng = np.random.default_rng(28)


def pollen(n, size=16):
    kinds = rng.integers(0, 5, n)
    yy, xx = np.mgrid[:size, :size]
    images = np.zeros((n, 1, size, size), dtype=np.float32)
    for i, kind in enumerate(kinds):
        cy, cx = rng.uniform(6, 9, 2)
        radius = np.hypot(yy - cy, xx - cx)
        lobes = np.cos((kind + 2) * np.arctan2(yy - cy, xx - cx) + rng.uniform(0, 6.28))
        images[i, 0] = np.exp(-(radius - 4.5 - 1.5 * lobes) ** 2 / 2.5) + rng.normal(0, 0.15, (size, size))
    return images, kinds


x_train, y_train = pollen(1500)
x_test, y_test = pollen(400)
mu, sigma = x_train.mean(), x_train.std()
train_loader = DataLoader(TensorDataset(torch.from_numpy((x_train - mu) / sigma), torch.from_numpy(y_train)),
                          batch_size=32, shuffle=True)
test_loader = DataLoader(TensorDataset(torch.from_numpy((x_test - mu) / sigma), torch.from_numpy(y_test)),
                         batch_size=200)


def block(c_in, c_out, stride=1):
    return nn.Sequential(nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False), nn.BatchNorm2d(c_out), nn.ReLU())


model = nn.Sequential(
    block(1, 12), block(12, 12),
    block(12, 24, 2), block(24, 24),
    block(24, 32, 2), block(32, 32),
    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 5),
)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10)


def evaluate():
    model.eval()
    loss, correct = 0.0, 0
    with torch.no_grad():
        for x, y in test_loader:
            out = model(x)
            loss += F.cross_entropy(out, y, reduction="sum").item()
            correct += (out.argmax(1) == y).sum().item()
    return loss / len(y_test), correct / len(y_test)


print("before training: loss %.3f accuracy %.3f" % evaluate())
for epoch in range(1, 11):
    model.train()
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
    scheduler.step()
    print("epoch %d: loss %.3f accuracy %.3f" % (epoch, *evaluate()))
