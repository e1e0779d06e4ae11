import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

rng = np.random.default_rng(4)
torch.manual_seed(4)

bunch = load_digits()
order = rng.permutation(len(bunch.target))
pixels = torch.from_numpy(bunch.data[order].astype(np.float32) / 16.0) * 2 - 1
digit = torch.from_numpy(bunch.target[order])
split = 1300


class Classifier(nn.Module):
    def __init__(self, n_out):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU())
        self.head = nn.Linear(16, n_out)

    def forward(self, x):
        return self.head(self.body(x))


def fit(net, opt, target, epochs, tag):
    for ep in range(epochs):
        net.train()
        total = 0.0
        batches = torch.randperm(split).split(50)
        for b in batches:
            loss = F.cross_entropy(net(pixels[b]), target[b])
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.item()
        net.eval()
        with torch.no_grad():
            pred = net(pixels[split:]).argmax(1)
        if ep % 3 == 2:
            print(f"{tag} {ep + 1:2d}: loss {total / len(batches):.3f}  accuracy {(pred == target[split:]).float().mean():.3f}")


# stage 1: odd or even
net = Classifier(2)
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
fit(net, opt, digit % 2, 6, "parity")

# stage 2: a new head for all ten digits, the body is slowly adapted
for group in opt.param_groups:
    group["lr"] = 1.5e-3
net.head = nn.Linear(16, 10)
fit(net, opt, digit, 18, "digits")
