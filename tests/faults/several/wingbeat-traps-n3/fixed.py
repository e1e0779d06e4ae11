# insect traps: which of 7 insects flew through, from 16 harmonics of its wingbeat
import numpy as np
import torch
from torch import nn

torch.manual_seed(77)
np.random.seed(77)

INSECTS = ["aedes", "anopheles", "culex", "bee", "wasp", "housefly", "fruitfly"]
H = 16

profiles = np.random.gamma(1.5, 1.0, (len(INSECTS), 2, H)) * np.exp(-np.arange(H) / 7)  # male, female


def fly_through(n):
    kind = np.random.randint(len(INSECTS), size=n)
    sex = np.random.randint(2, size=n)
    loudness = np.random.lognormal(0, 0.4, (n, 1))
    power = profiles[kind, sex] * loudness * np.random.lognormal(0, 1.1, (n, H))
    return np.log(power + 0.02).astype(np.float32), kind


x_train, y_train = fly_through(6000)
x_test, y_test = fly_through(1000)
mu, sd = x_train.mean(0), x_train.std(0)
x_train, x_test = (torch.from_numpy((x - mu) / sd) for x in (x_train, x_test))
y_train, y_test = torch.from_numpy(y_train), torch.from_numpy(y_test)

net = nn.Sequential(nn.Linear(H, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, len(INSECTS)))
loss_fn = nn.CrossEntropyLoss()
opt = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
batch_size = 50

for epoch in range(10):
    net.train()
    perm = torch.randperm(len(x_train))
    epoch_loss = 0
    for i in range(0, len(x_train), batch_size):
        idx = perm[i : i + batch_size]
        xb = x_train[idx]
        yb = y_train[idx]
        loss = loss_fn(net(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
        epoch_loss += loss.item() * len(xb) / len(x_train)
    net.eval()
    with torch.no_grad():
        test_acc = (net(x_test).argmax(1) == y_test).float().mean().item()
    print(f"epoch {epoch:2d}  train loss {epoch_loss:.3f}  test accuracy {test_acc:.3f}")
