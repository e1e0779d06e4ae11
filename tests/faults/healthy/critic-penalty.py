import torch
import torch.nn as nn
from torch import autograd

torch.manual_seed(3)
centres = torch.tensor([[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]])


def data(n):
    return centres[torch.randint(0, 4, (n,))] + 0.08 * torch.randn(n, 2)


def mlp(n_in, n_out):
    return nn.Sequential(nn.Linear(n_in, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, n_out))


generator, critic = mlp(4, 2), mlp(2, 1)
opt_g = torch.optim.Adam(generator.parameters(), lr=2e-3, betas=(0.0, 0.9))
opt_c = torch.optim.Adam(critic.parameters(), lr=2e-3, betas=(0.0, 0.9))


def gradient_penalty(real, fake):
    mix = torch.rand(len(real), 1)
    between = (mix * real + (1 - mix) * fake).requires_grad_(True)
    grad = autograd.grad(critic(between).sum(), between, create_graph=True)[0]
    return ((grad.norm(dim=1) - 1) ** 2).mean()


for it in range(1, 601):
    for _ in range(4):
        real = data(64)
        with torch.no_grad():
            fake = generator(torch.randn(64, 4))
        loss_c = critic(fake).mean() - critic(real).mean() + 1.0 * gradient_penalty(real, fake)
        opt_c.zero_grad()
        loss_c.backward()
        opt_c.step()
    loss_g = -critic(generator(torch.randn(64, 4))).mean()
    opt_g.zero_grad()
    loss_g.backward()
    opt_g.step()
    if it % 200 == 0:
        with torch.no_grad():
            sample = generator(torch.randn(2000, 4))
            distance, nearest = torch.cdist(sample, centres).min(1)
        share = torch.bincount(nearest, minlength=4) / 2000
        print(f"{it} critic {loss_c.item():+.3f} distance to a centre {distance.mean():.3f} smallest share {share.min():.2f}")
