import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

KINDS = ("stripes", "checks", "dots", "waves", "grain")


def patches(kind, n, gen):
    yy, xx = torch.meshgrid(torch.arange(16.0), torch.arange(16.0), indexing="ij")
    phase = 6.283 * torch.rand(n, 1, 1, generator=gen)
    other = 6.283 * torch.rand(n, 1, 1, generator=gen)
    period = 0.9 + 0.4 * torch.rand(n, 1, 1, generator=gen)
    if kind == "stripes":
        img = torch.sin(period * xx + phase).expand(n, 16, 16)
    elif kind == "checks":
        img = torch.sign(torch.sin(period * xx + phase) * torch.sin(period * yy + other))
    elif kind == "dots":
        img = 3 * F.relu(torch.sin(period * xx + phase)) * F.relu(torch.sin(period * yy + other)) - 0.3
    elif kind == "waves":
        img = torch.sin(period * xx + 1.5 * torch.sin(0.7 * yy + other) + phase)
    else:
        img = F.avg_pool2d(torch.randn(n, 1, 18, 18, generator=gen), 3, 1).squeeze(1) * 2.2
    return img + 0.4 * torch.randn(n, 16, 16, generator=gen)


def make_set(per_kind, seed):
    gen = torch.Generator().manual_seed(seed)
    images = torch.cat([patches(kind, per_kind, gen) for kind in KINDS]).unsqueeze(1)
    labels = torch.arange(len(KINDS)).repeat_interleave(per_kind)
    return TensorDataset(images, labels)


class TextureNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 12, 5, padding=2)
        self.conv2 = nn.Conv2d(12, 24, 3, padding=1)
        self.fc = nn.Linear(24 * 16, len(KINDS))

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc(x.flatten(1))


torch.manual_seed(3)
train_loader = DataLoader(make_set(300, 30), batch_size=32)
val_loader = DataLoader(make_set(100, 31), batch_size=100)
model = TextureNet()
optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)

for epoch in range(5):
    model.train()
    loss_sum = 0.0
    for images, labels in train_loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        loss_sum += loss.item() * len(labels)

    model.eval()
    correct, val_sum = 0, 0.0
    with torch.no_grad():
        for images, labels in val_loader:
            scores = model(images)
            val_sum += F.cross_entropy(scores, labels, reduction="sum").item()
            correct += (scores.argmax(1) == labels).sum().item()
    n = len(val_loader.dataset)
    print(f"epoch {epoch + 1} train loss {loss_sum / len(train_loader.dataset):.3f} "
          f"val loss {val_sum / n:.3f} val acc {correct / n:.3f}")
