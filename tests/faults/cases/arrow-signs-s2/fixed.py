# Which way does the arrow point? Eight directions, 20 x 20 pixels.
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

np.random.seed(5)
torch.manual_seed(5)
rng = np.random.default_rng(5)
NAMES = ["E", "NE", "N", "NW", "W", "SW", "S", "SE"]


def draw_arrow(k):
    angle = k * np.pi / 4 + rng.normal(0, 0.08)
    cx, cy = rng.uniform(8.5, 10.5, 2)
    length = rng.uniform(5, 7)
    yy, xx = np.mgrid[0:20, 0:20]
    u = (xx - cx) * np.cos(angle) - (yy - cy) * np.sin(angle)
    v = (xx - cx) * np.sin(angle) + (yy - cy) * np.cos(angle)
    shaft = (np.abs(v) < 0.9) & (np.abs(u) < length)
    tip = (u < length) & (u > length - 4) & (np.abs(v) < (length - u) * 0.9)
    return (shaft | tip) + rng.normal(0, 0.2, (20, 20))


images, labels = [], []
for k in range(8):
    for _ in range(250):
        images.append(draw_arrow(k))
        labels.append(k)
images = np.array(images, dtype=np.float32)
labels = np.array(labels)

# mix the classes before cutting off the last fifth for testing
order = rng.permutation(len(images))
images, labels = images[order], labels[order]
images = (images - images[:1600].mean()) / images[:1600].std()
x_train, y_train = torch.from_numpy(images[:1600]).unsqueeze(1), torch.from_numpy(labels[:1600])
x_test, y_test = torch.from_numpy(images[1600:]).unsqueeze(1), torch.from_numpy(labels[1600:])


class ArrowNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 12, 3, padding=1)
        self.conv2 = nn.Conv2d(12, 24, 3, padding=1)
        self.fc1 = nn.Linear(24 * 5 * 5, 48)
        self.fc2 = nn.Linear(48, len(NAMES))

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


net = ArrowNet()
optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
for epoch in range(6):
    net.train()
    perm = torch.randperm(len(x_train))
    total = 0.0
    for i in range(0, len(x_train), 32):
        idx = perm[i:i + 32]
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x_train[idx]), y_train[idx])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx)
    net.eval()
    with torch.no_grad():
        out = net(x_test)
        print("epoch %d: train loss %.3f, test loss %.3f, test accuracy %.3f" % (
            epoch, total / len(x_train), F.cross_entropy(out, y_test).item(), (out.argmax(1) == y_test).float().mean().item()))
