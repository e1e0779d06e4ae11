import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(5)
rs = np.random.RandomState(5)

WEAVES = ["plain", "twill", "basket", "warp rib", "weft rib", "check"]


def cloth(kind, size=20):
    i, j = np.mgrid[:size, :size] + rs.randint(0, 12, (2, 1, 1))
    if kind == 0:
        p = (i + j) % 2
    elif kind == 1:
        p = (i + j) // 2 % 2
    elif kind == 2:
        p = (i // 2 + j // 2) % 2
    elif kind == 3:
        p = j // 2 % 2
    elif kind == 4:
        p = i // 2 % 2
    else:
        p = (i // 3 % 2) * (j // 3 % 2)
    dark, light = rs.uniform(60, 110), rs.uniform(140, 190)
    img = dark + (light - dark) * p + rs.normal(0, 45, (size, size))
    return img.clip(0, 255)


def make_set(n):
    y = rs.randint(0, len(WEAVES), n)
    x = np.stack([cloth(k) for k in y])
    return torch.tensor(x, dtype=torch.float32).unsqueeze(1), torch.tensor(y)


x_train, y_train = make_set(900)
x_test, y_test = make_set(300)
mean, std = x_train.mean(), x_train.std()
x_train = (x_train - mean) / std
x_test = x_test / 255

train_dl = DataLoader(TensorDataset(x_train, y_train), batch_size=30, shuffle=True)
test_dl = DataLoader(TensorDataset(x_test, y_test), batch_size=100)


def block(c_in, c_out, stride=1):
    return nn.Sequential(
        nn.Conv2d(c_in, c_out, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU(inplace=True),
    )


model = nn.Sequential(
    block(1, 12),
    block(12, 12),
    block(12, 24, stride=2),
    block(24, 24),
    block(24, 32, stride=2),
    block(32, 32),
    nn.AdaptiveAvgPool2d(1),
    nn.Flatten(),
    nn.Linear(32, len(WEAVES)),
)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)


def evaluate():
    model.eval()
    loss = correct = 0
    with torch.no_grad():
        for x, y in test_dl:
            out = model(x)
            loss += F.cross_entropy(out, y, reduction="sum").item()
            correct += (out.argmax(1) == y).sum().item()
    return loss / len(x_test), correct / len(x_test)


print("before training: test loss %.3f acc %.3f" % evaluate())
for epoch in range(6):
    seen = total = 0
    for x, y in train_dl:
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        seen += len(y)
    test_loss, test_acc = evaluate()
    print(f"epoch {epoch}: train loss {total / seen:.3f} test loss {test_loss:.3f} acc {test_acc:.3f}")
