import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(29)
device = "cuda" if torch.cuda.is_available() else "cpu"


def sky(n, size=16):
    """Diamond, triangle, box or a ring, anywhere in a noisy sky."""
    g = torch.arange(size).float()
    y, x = g.view(1, size, 1), g.view(1, 1, size)
    kind = torch.randint(4, (n,))
    cx, cy = 5 + (size - 11) * torch.rand(2, n, 1, 1)
    dx, dy = (x - cx).abs(), y - cy
    forms = torch.stack([
        dx + dy.abs() < 4.5,
        (dy > -4) & (dy < 3.5) & (dx < (dy + 4.5) / 1.8),
        (dx < 3.5) & (dy.abs() < 3.5),
        (dx**2 + dy**2 < 20) & (dx**2 + dy**2 > 5),
    ], dim=1)
    image = forms[torch.arange(n), kind].float() + 0.3 * torch.randn(n, size, size)
    return (image.unsqueeze(1) - 0.15) / 0.47, kind


def conv_bn(n_in, n_out, stride=1):
    return nn.Sequential(
        nn.Conv2d(n_in, n_out, 3, stride, padding=1, bias=False), nn.BatchNorm2d(n_out), nn.ReLU())


class KiteNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            conv_bn(1, 8), conv_bn(8, 8), conv_bn(8, 16, 2), conv_bn(16, 16), conv_bn(16, 16),
            conv_bn(16, 24, 2), conv_bn(24, 24), conv_bn(24, 24))
        self.fc = nn.Linear(24, 4)

    def forward(self, x):
        return self.fc(self.features(x).mean(dim=(2, 3)))


def test(model, loader):
    model.eval()
    loss, correct, count = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x.to(device))
            loss += nn.functional.cross_entropy(out, y.to(device), reduction="sum").item()
            correct += (out.argmax(1).cpu() == y).sum().item()
            count += len(y)
    return loss / count, correct / count


train_loader = DataLoader(TensorDataset(*sky(1600)), batch_size=40, shuffle=True)
test_loader = DataLoader(TensorDataset(*sky(400)), batch_size=100)
model = KiteNet().to(device)
optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9, weight_decay=1e-4)

model.train()
print("before training: test loss %.3f, accuracy %.3f" % test(model, test_loader))
for epoch in range(1, 11):
    running = 0.0
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x.to(device)), y.to(device))
        loss.backward()
        optimizer.step()
        running += loss.item()
    print("epoch %d: train loss %.3f, test loss %.3f, accuracy %.3f" % (
        epoch, running / len(train_loader), *test(model, test_loader)))
