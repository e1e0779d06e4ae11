import torch
from torch import nn
import torch.nn.functional as F


def real_points(n):
    z = torch.randn(n, 2)
    return z @ torch.tensor([[0.9, 0.5], [0.0, 0.35]]) + torch.tensor([1.5, -1.0])


def mlp(n_in, n_out, width=48):
    return nn.Sequential(nn.Linear(n_in, width), nn.LeakyReLU(0.2),
                         nn.Linear(width, width), nn.LeakyReLU(0.2), nn.Linear(width, n_out))


torch.manual_seed(5)
generator, critic = mlp(4, 2), mlp(2, 1)
opt_g = torch.optim.Adam(generator.parameters(), lr=1e-3, betas=(0.5, 0.99))
opt_d = torch.optim.Adam(critic.parameters(), lr=1e-3, betas=(0.5, 0.99))
ones, zeros = torch.ones(128, 1), torch.zeros(128, 1)

for step in range(1, 1501):
    real = real_points(128)
    fake = generator(torch.randn(128, 4)).detach()

    # critic
    opt_d.zero_grad()
    d_loss = F.binary_cross_entropy_with_logits(critic(real), 0.9 * ones) + \
        F.binary_cross_entropy_with_logits(critic(fake), zeros)
    d_loss.backward()
    opt_d.step()

    # generator
    opt_g.zero_grad()
    g_loss = F.binary_cross_entropy_with_logits(critic(fake), ones)
    g_loss.backward()
    opt_g.step()

    if step % 300 == 0:
        with torch.no_grad():
            a, b = generator(torch.randn(2000, 4)), real_points(2000)
            gap = (a.mean(0) - b.mean(0)).norm() + (a.T.cov() - b.T.cov()).norm()
        print(f"step {step} d {d_loss.item():.3f} g {g_loss.item():.3f} distance of moments {gap:.3f}")
