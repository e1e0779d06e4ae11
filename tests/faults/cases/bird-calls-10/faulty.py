import torch
import torch.nn as nn
import torch.nn.functional as F

BANDS, FRAMES = 16, 20


def calls(n, seed):
    g = torch.Generator().manual_seed(seed)
    bird = torch.randint(0, 4, (n,), generator=g)
    spectrogram = 0.65 * torch.randn(n, 1, BANDS, FRAMES, generator=g)
    start = torch.randint(0, 7, (n,), generator=g)
    low = torch.randint(1, 4, (n,), generator=g)
    for i in range(n):
        for step in range(12):
            band = {0: step, 1: 11 - step, 2: abs(6 - step) * 2 - 2, 3: 5 + (step % 2) * 4}[int(bird[i])]
            spectrogram[i, 0, low[i] + max(0, min(band, 11)), start[i] + step] += 1.5
    return spectrogram, bird


class CallNet(nn.Module):
    def __init__(self, drop=0.6):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 5, padding=2)
        self.conv2 = nn.Conv2d(16, 24, 3, padding=1)
        self.fc1 = nn.Linear(24 * 4 * 5, 40)
        self.fc2 = nn.Linear(40, 4)
        self.drop = nn.Dropout(drop)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = self.drop(x.flatten(1))
        return self.fc2(self.drop(F.relu(self.fc1(x))))


def learn(net, optimizer, x, y):
    net.train()
    for rows in torch.randperm(len(x)).split(40):
        optimizer.zero_grad()
        F.cross_entropy(net(x[rows]), y[rows]).backward()
        optimizer.step()


def check(net, x, y):
    net.eval
    with torch.no_grad():
        out = net(x)
    return F.cross_entropy(out, y).item(), (out.argmax(1) == y).float().mean().item()


torch.manual_seed(10)
x_train, y_train = calls(1200, 0)
x_check, y_check = calls(600, 1)
net = CallNet()
optimizer = torch.optim.RMSprop(net.parameters(), lr=1e-3)
for epoch in range(1, 15):
    learn(net, optimizer, x_train, y_train)
    loss, right = check(net, x_check, y_check)
    print(f"epoch {epoch:2d} check loss {loss:.3f} right {right:.3f}")
