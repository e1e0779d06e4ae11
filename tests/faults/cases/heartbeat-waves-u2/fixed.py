import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(31)
LENGTH, CLASSES = 128, 4


def traces(n):
    """Beats at irregular places: P hump, QRS spike, T hump; label 0 in between."""
    t = torch.arange(LENGTH).float()
    signal, label = torch.zeros(n, LENGTH), torch.zeros(n, LENGTH, dtype=torch.long)
    for shift in (0, 64):
        r = 28 + shift + 8 * torch.rand(n, 1)
        size = 0.8 + 0.4 * torch.rand(n, 1)
        for cls, offset, width, height in ((1, -14, 3.0, 0.35), (2, 0, 1.2, 1.0), (3, 18, 4.5, 0.45)):
            d = t - (r + offset)
            signal += size * height * torch.exp(-0.5 * (d / width) ** 2)
            label[d.abs() < 2 * width] = cls
    wander = 0.2 * torch.sin(t / 40 + 6.28 * torch.rand(n, 1))
    return (signal + wander + 0.08 * torch.randn(n, LENGTH)).unsqueeze(1), label


class Block(nn.Module):
    def __init__(self, c_in, c_out, dilation):
        super().__init__()
        self.conv = nn.Conv1d(c_in, c_out, 3, padding=dilation, dilation=dilation)
        self.bn = nn.BatchNorm1d(c_out)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))


class Segmenter(nn.Module):
    def __init__(self, ch=16):
        super().__init__()
        dil = [1, 2, 4, 8, 1, 2, 4, 8]
        self.blocks = nn.ModuleList(Block(1 if i == 0 else ch, ch, d) for i, d in enumerate(dil))
        self.out = nn.Conv1d(ch, CLASSES, 1)

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.out(x)


def evaluate(net, x, y):
    net.eval()
    with torch.no_grad():
        out = net(x)
    wave = y > 0
    return F.cross_entropy(out, y).item(), (out.argmax(1) == y)[wave].float().mean().item()


x_train, y_train = traces(500)
x_val, y_val = traces(100)
net = Segmenter()
net.train()
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)

loss0, acc0 = evaluate(net, x_val, y_val)
print("before training: val loss %.3f, waves found %.3f" % (loss0, acc0))
for epoch in range(8):
    net.train()
    perm = torch.randperm(len(x_train))
    for k in range(0, len(perm), 25):
        idx = perm[k:k + 25]
        opt.zero_grad()
        F.cross_entropy(net(x_train[idx]), y_train[idx]).backward()
        opt.step()
    print("epoch %d: val loss %.3f, waves found %.3f" % (epoch + 1, *evaluate(net, x_val, y_val)))
