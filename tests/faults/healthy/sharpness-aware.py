import torch
from sklearn.datasets import make_circles
from torch import nn


class SAM:
    """Climbs to the worst point nearby, takes the gradient there, and steps from where it was."""

    def __init__(self, params, base, rho=0.05):
        self.params, self.base, self.rho = list(params), base, rho
        self.moves = []

    @torch.no_grad()
    def climb(self):
        norm = torch.stack([p.grad.norm() for p in self.params]).norm() + 1e-12
        self.moves = [p.grad * (self.rho / norm) for p in self.params]
        for p, e in zip(self.params, self.moves):
            p.add_(e)
        self.base.zero_grad()

    @torch.no_grad()
    def step(self):
        for p, e in zip(self.params, self.moves):
            p.sub_(e)
        self.base.step()
        self.base.zero_grad()


torch.manual_seed(7)
X, y = make_circles(1500, noise=0.1, factor=0.5, random_state=7)
X, y = torch.tensor(X / 0.57, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
net = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1), nn.Flatten(0))
sam = SAM(net.parameters(), torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9))
bce = nn.BCEWithLogitsLoss()
for epoch in range(1, 16):
    net.train()
    for idx in torch.randperm(1200).split(40):
        loss = bce(net(X[idx]), y[idx])
        loss.backward()
        sam.climb()
        bce(net(X[idx]), y[idx]).backward()
        sam.step()
    if epoch % 3 == 0:
        net.eval()
        with torch.no_grad():
            out = net(X[1200:])
        print(f"epoch {epoch}: train {loss.item():.4f} val {bce(out, y[1200:]).item():.4f} acc {((out > 0) == (y[1200:] > 0.5)).float().mean().item():.3f}")
