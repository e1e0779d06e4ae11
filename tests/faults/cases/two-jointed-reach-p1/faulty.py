"""Mixture density network for inverse kinematics: one point, two possible elbow positions."""
import math

import torch
from torch import nn


def reach(n, gen):
    """Joint angles a1, a2 -> position of the hand; the network learns the way back, p(a1 | hand)."""
    a1 = torch.rand(n, generator=gen) * 2.0 - 1.0
    a2 = (torch.rand(n, generator=gen) * 1.6 + 0.6) * torch.where(torch.rand(n, generator=gen) < 0.5, 1.0, -1.0)
    hand = torch.stack([a1.cos() + (a1 + a2).cos(), a1.sin() + (a1 + a2).sin()], 1)
    return hand, a1[:, None] * 4 + 0.05 * torch.randn(n, 1, generator=gen)


class MDN(nn.Module):
    def __init__(self, n_hidden=64, n_gaussians=4):
        super().__init__()
        self.z_h = nn.Sequential(nn.Linear(2, n_hidden), nn.Tanh(), nn.Linear(n_hidden, n_hidden), nn.Tanh())
        self.z_pi = nn.Linear(n_hidden, n_gaussians)
        self.z_mu = nn.Linear(n_hidden, n_gaussians)
        self.z_sigma = nn.Linear(n_hidden, n_gaussians)

    def forward(self, x):
        z = self.z_h(x)
        log_pi = torch.log_softmax(self.z_pi(z), -1)
        sigma = nn.functional.softplus(self.z_sigma(z)) + 0.02
        return log_pi, self.z_mu(z), sigma


def mdn_loss(log_pi, mu, sigma, y):
    log_gauss = -0.5 * ((y - mu) / sigma) ** 2 - torch.log(sigma) - 0.5 * math.log(2 * math.pi)
    log_density = torch.log(torch.sum(torch.exp(log_pi + log_gauss), dim=1))
    return -log_density.mean()


torch.manual_seed(29)
gen = torch.Generator().manual_seed(29)
hand, angle = reach(5000, gen)
hand = (hand - hand[:4000].mean(0)) / hand[:4000].std(0)
x_train, y_train, x_val, y_val = hand[:4000], angle[:4000], hand[4000:], angle[4000:]

network = MDN()
optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)

for epoch in range(1, 26):
    network.train()
    running = 0.0
    for idx in torch.randperm(len(x_train)).split(50):
        loss = mdn_loss(*network(x_train[idx]), y_train[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        running += loss.item() * len(idx)
    if epoch % 5 == 0:
        network.eval()
        with torch.no_grad():
            nll = mdn_loss(*network(x_val), y_val).item()
        print(f"epoch {epoch:2d}  train nll {running / len(x_train):.3f}  val nll {nll:.3f}")
