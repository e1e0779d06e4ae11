import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(15)
EPS = 0.08
digits = load_digits()
x = torch.tensor(digits.data / 16, dtype=torch.float32)
y = torch.tensor(digits.target)
order = torch.randperm(len(x))
train, test = order[:1400], order[1400:]
net = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10))
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)


def attack(images, labels):
    images = images.clone().requires_grad_(True)
    grad, = torch.autograd.grad(F.cross_entropy(net(images), labels), images)
    return (images + EPS * grad.sign()).clamp(0, 1).detach()


for epoch in range(1, 13):
    net.train()
    for idx in train[torch.randperm(len(train))].split(40):
        hostile = attack(x[idx], y[idx])
        loss = 0.5 * F.cross_entropy(net(x[idx]), y[idx]) + 0.5 * F.cross_entropy(net(hostile), y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 3 == 0:
        net.eval()
        hostile = attack(x[test], y[test])
        with torch.no_grad():
            clean = (net(x[test]).argmax(1) == y[test]).float().mean().item()
            robust = (net(hostile).argmax(1) == y[test]).float().mean().item()
        print(f"epoch {epoch}: loss {loss.item():.3f} accuracy {clean:.3f} under attack {robust:.3f}")
