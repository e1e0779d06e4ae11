import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

KINDS = ["quake", "blast", "rockfall", "traffic"]


def make_trace(kind, rng, length=160):
    t = np.arange(length)
    start = rng.integers(15, 50)
    since = np.clip(t - start, 0, None)
    on = t >= start
    noise = rng.normal(size=length)
    if kind == 0:  # P wave, then a stronger and slower S wave
        gap = rng.integers(20, 45)
        s = np.clip(since - gap, 0, None)
        x = on * np.exp(-since / 15) * np.sin(0.9 * since + rng.uniform(0, 6))
        x = x + 2.2 * (since >= gap) * np.exp(-s / 25) * np.sin(0.45 * s)
    elif kind == 1:  # one sharp onset
        x = 2.5 * on * np.exp(-since / 10) * np.sin(0.8 * since + rng.uniform(0, 6))
    elif kind == 2:  # swells and fades, no clear frequency
        x = 1.6 * noise * np.exp(-((t - start - 40) / 25.0) ** 2)
    else:  # hum that passes by
        x = np.exp(-((t - 80) / 45.0) ** 2) * np.sin(rng.uniform(1.3, 1.6) * t)
    return x + 0.7 * rng.normal(size=length)


class TremorNet(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        self.conv1 = nn.Conv1d(1, 16, 9, padding=4)
        self.conv2 = nn.Conv1d(16, 32, 7, padding=3)
        self.conv3 = nn.Conv1d(32, 32, 5, padding=2)
        self.fc = nn.Linear(32, n_classes)

    def forward(self, x):
        x = F.max_pool1d(F.relu(self.conv1(x)), 2)
        x = F.max_pool1d(F.relu(self.conv2(x)), 2)
        x = F.relu(self.conv3(x))
        return self.fc(x.mean(dim=2))


rng = np.random.default_rng(3)
torch.manual_seed(3)
labels = rng.integers(0, 4, size=2400)
traces = np.stack([make_trace(k, rng) for k in labels]).astype(np.float32)
X = torch.from_numpy(traces / traces[:2000].std())[:, None]
y = torch.from_numpy(labels)
X_train, y_train = X[:2000], y[:2000]
X_test, y_test = X[2000:], y[2000:]

net = TremorNet(len(KINDS))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
batch_size = 50

for epoch in range(1, 11):
    net.train()
    perm = torch.randperm(len(X_train))
    total = 0.0
    for i in range(0, len(X_train), batch_size):
        idx = perm[i:i + batch_size]
        xb = X_train[idx]
        yb = y_train[idx]
        opt.zero_grad()
        loss = F.cross_entropy(net(xb), yb)
        loss.backward()
        opt.step()
        total += loss.item() * len(xb)
    net.eval()
    with torch.no_grad():
        out = net(X_test)
        test_loss = F.cross_entropy(out, y_test).item()
        acc = (out.argmax(1) == y_test).float().mean().item()
    print(f"epoch {epoch:2d}: loss {total / len(X_train):.3f}, test loss {test_loss:.3f}, test accuracy {acc:.1%}")
