import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import load_wine
from sklearn.model_selection import StratifiedShuffleSplit


class Ladder(nn.Module):
    def __init__(self, n_in, n_out, rungs=18, width=24):
        super().__init__()
        self.lift = nn.Linear(n_in, width)
        self.rungs = nn.ModuleList([nn.Linear(width, width) for _ in range(rungs)])
        self.top = nn.Linear(width, n_out)

    def forward(self, x):
        x = self.lift(x)
        for rung in self.rungs:
            x = x + torch.tanh(rung(x))
        return self.top(x)


torch.manual_seed(17)
wine = load_wine()
split = StratifiedShuffleSplit(n_splits=1, test_size=0.3, random_state=17)
fit_rows, test_rows = next(split.split(wine.data, wine.target))
centre, scale = wine.data[fit_rows].mean(axis=0), wine.data[fit_rows].std(axis=0)
data = torch.from_numpy(((wine.data - centre) / scale).astype(np.float32))
cultivar = torch.from_numpy(wine.target)

net = Ladder(data.shape[1], 3)
rate, momentum = 0.01, 0.9
speed = [torch.zeros_like(w) for w in net.parameters()]
for epoch in range(1, 31):
    total = 0.0
    for rows in torch.as_tensor(np.random.default_rng(epoch).permutation(fit_rows)).split(16):
        score = net(data[rows])
        loss = nn.functional.cross_entropy(score, cultivar[rows])
        net.zero_grad()
        loss.backward()
        with torch.no_grad():
            for w, v in zip(net.parameters(), speed):
                v.mul_(momentum).add_(w.grad)
                w.sub_(rate * v)
        total += loss.item() * len(rows)
    if epoch % 5 == 0:
        with torch.no_grad():
            hit = (net(data[test_rows]).argmax(1) == cultivar[test_rows]).float().mean()
        print(f"epoch {epoch:3d}  loss {total / len(fit_rows):.4f}  test accuracy {hit:.3f}")
