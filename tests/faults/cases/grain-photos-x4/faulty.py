import math

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


def photos(n, seed):
    """Grain textures: four kinds, told apart by direction and pitch of the stripes."""
    gen = torch.Generator().manual_seed(seed)
    kind = torch.randint(0, 4, (n,), generator=gen)
    angle = torch.tensor([0.2, 0.9, 0.2, 0.9])[kind] + 0.1 * torch.randn(n, generator=gen)
    pitch = torch.tensor([3.5, 3.5, 5.5, 5.5])[kind]
    phase = torch.rand(n, generator=gen) * 2 * math.pi
    yy, xx = torch.meshgrid(torch.arange(16.0), torch.arange(16.0), indexing="ij")
    along = xx * angle.cos()[:, None, None] + yy * angle.sin()[:, None, None]
    img = torch.sin(2 * math.pi * along / pitch[:, None, None] + phase[:, None, None])
    img = img + 0.7 * torch.randn(n, 16, 16, generator=gen)
    return TensorDataset(img.unsqueeze(1), kind)


def conv_bn(c_in, c_out, stride=1):
    return nn.Sequential(nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False), nn.BatchNorm2d(c_out), nn.ReLU(inplace=True))


class GrainNet(nn.Module):
    def __init__(self, c=12):
        super().__init__()
        self.features = nn.Sequential(
            conv_bn(1, c), conv_bn(c, c, 2), conv_bn(c, c), conv_bn(c, 2 * c, 2),
            conv_bn(2 * c, 2 * c), conv_bn(2 * c, 2 * c), conv_bn(2 * c, 2 * c),
        )
        self.classifier = nn.Linear(2 * c, 4)

    def train(self, mode=True):
        super().train(mode)
        for m in self.modules():
            if isinstance(m, nn.BatchNorm2d):
                m.eval()
        return self

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


def run_epoch(model, loader, criterion, optimizer=None):
    model.train(optimizer is not None)
    loss_sum = correct = count = 0
    with torch.set_grad_enabled(optimizer is not None):
        for x, y in loader:
            out = model(x)
            loss = criterion(out, y)
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            loss_sum += loss.item() * len(x)
            correct += (out.argmax(1) == y).sum().item()
            count += len(x)
    return loss_sum / count, correct / count


torch.manual_seed(19)
train_loader = DataLoader(photos(1600, 0), batch_size=32, shuffle=True)
val_loader = DataLoader(photos(400, 1), batch_size=200)
net = GrainNet()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.03, momentum=0.9)
for epoch in range(6):
    tl, ta = run_epoch(net, train_loader, criterion, optimizer)
    vl, va = run_epoch(net, val_loader, criterion)
    print("Epoch {} train {:.3f}/{:.3f} val {:.3f}/{:.3f}".format(epoch, tl, ta, vl, va))
