import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(21)

n_glyphs, side = 40, 9
glyphs = (torch.rand(n_glyphs, side * side) < 0.4).float()


def draw(n):
    which = torch.randint(n_glyphs, (n,))
    ink = glyphs[which]
    flips = (torch.rand_like(ink) < 0.12).float()
    return (ink - flips).abs() * 2 - 1, which


x_train, y_train = draw(4000)
x_test, y_test = draw(1000)

net = nn.Sequential(
    nn.Linear(side * side, 128), nn.ReLU(),
    nn.Linear(128, 128), nn.ReLU(),
    nn.Linear(128, n_glyphs),
)
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9, nesterov=True)


def objective(scores, which):
    truth = F.one_hot(which, n_glyphs).float()
    return F.mse_loss(F.softmax(scores, dim=1), truth)


for epoch in range(1, 16):
    order = torch.randperm(len(x_train))
    total = 0.0
    for i in range(0, len(order), 40):
        idx = order[i:i + 40]
        loss = objective(net(x_train[idx]), y_train[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item() * len(idx)
    with torch.no_grad():
        scores = net(x_test)
        acc = (scores.argmax(1) == y_test).float().mean()
    if epoch % 3 == 0:
        print("epoch", epoch, "train loss %.4f" % (total / len(order)), "test loss %.4f" % objective(scores, y_test).item(),
              "test accuracy %.3f" % acc.item())
