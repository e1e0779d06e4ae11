import math

import torch
from sklearn.datasets import make_moons
from torch import nn

torch.manual_seed(0)
X = torch.tensor(make_moons(4000, noise=0.06, random_state=0)[0], dtype=torch.float32)
X = (X - X.mean(0)) * 0.3
train, val = X[:3200], X[3200:]


class Coupling(nn.Module):
    def __init__(self, flip):
        super().__init__()
        self.flip = flip
        self.net = nn.Sequential(nn.Linear(1, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 2))

    def forward(self, x):
        a, b = x.chunk(2, dim=1)
        if self.flip:
            a, b = b, a
        scale, shift = self.net(a).chunk(2, dim=1)
        scale = 2 * torch.tanh(scale / 2)
        b = b * scale.exp() + shift
        return torch.cat([b, a] if self.flip else [a, b], dim=1), scale.squeeze(1)


class Flow(nn.Module):
    def __init__(self, depth=6):
        super().__init__()
        self.layers = nn.ModuleList(Coupling(i % 2 == 1) for i in range(depth))

    def log_prob(self, x):
        log_det = torch.zeros(len(x))
        for layer in self.layers:
            x, d = layer(x)
            log_det = log_det + d
        return -0.5 * x.square().sum(1) - math.log(2 * math.pi) + log_det


flow = Flow()
optimizer = torch.optim.Adam(flow.parameters(), lr=1e-3)
for epoch in range(1, 21):
    flow.train()
    for idx in torch.randperm(len(train)).split(100):
        loss = -flow.log_prob(train[idx]).mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(flow.parameters(), 5.0)
        optimizer.step()
    if epoch % 5 == 0:
        flow.eval()
        with torch.no_grad():
            print(f"epoch {epoch}: negative log-likelihood train {loss.item():.3f} val {-flow.log_prob(val).mean().item():.3f}")
