import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

N_CLASSES = 5
N_POINTS = 128


def vibrations(n, rng):
    t = np.arange(N_POINTS) / N_POINTS
    y = rng.integers(0, N_CLASSES, n)
    x = np.zeros((n, N_POINTS))
    for i, k in enumerate(y):
        carrier = np.sin(2 * np.pi * (14 * t + rng.random()))
        if k == 1:
            carrier = carrier * (1 + np.sin(2 * np.pi * (3 * t + rng.random())))
        elif k == 2:
            carrier = carrier + 1.5 * ((np.arange(N_POINTS) + rng.integers(32)) % 32 < 2)
        elif k == 3:
            carrier = carrier + 0.8 * np.sin(2 * np.pi * (35 * t + rng.random()))
        elif k == 4:
            carrier = np.sin(2 * np.pi * (14 * t + 4 * t ** 2 + rng.random()))
        x[i] = carrier + 0.3 * rng.normal(size=N_POINTS)
    return torch.tensor(x, dtype=torch.float32).unsqueeze(1), torch.tensor(y)


class GearNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv1d(1, 16, 9, padding=4)
        self.c2 = nn.Conv1d(16, 32, 7, padding=3)
        self.fc = nn.Linear(32 * 8, N_CLASSES)

    def forward(self, x):
        x = F.max_pool1d(F.relu(self.c1(x)), 4)
        x = F.max_pool1d(F.relu(self.c2(x)), 4)
        return self.fc(x.flatten(1))


rng = np.random.default_rng(35)
torch.manual_seed(35)
x_train, y_train = vibrations(2000, rng)
x_val, y_val = vibrations(500, rng)
mu, sigma = x_train.mean(), x_train.std()
x_train, x_val = (x_train - mu) / sigma, (x_val - mu) / sigma

net = GearNet()
optimizer = torch.optim.SGD(net.parameters(), lr=0.05)

for epoch in range(8):
    net.train()
    epoch_loss = []
    for batch in torch.randperm(len(x_train)).split(32):
        logits = net(x_train[batch])
        loss = F.cross_entropy(logits, y_train[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        epoch_loss.append(loss.item())
    net.eval()
    with torch.no_grad():
        logits = net(x_val)
        val_loss = F.cross_entropy(logits, y_val).item()
        val_acc = (logits.argmax(1) == y_val).float().mean().item()
    print("epoch %d | loss %.4f | val loss %.4f | val acc %.3f" % (epoch, np.mean(epoch_loss), val_loss, val_acc))
