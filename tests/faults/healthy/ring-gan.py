import math

import torch
from torch import nn

torch.manual_seed(1)
NOISE, BATCH = 8, 128


def real_points(n):
    angle = torch.rand(n) * 2 * math.pi
    radius = 1.0 + 0.05 * torch.randn(n)
    return torch.stack([radius * angle.cos(), radius * angle.sin()], 1)


netG = nn.Sequential(nn.Linear(NOISE, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))
netD = nn.Sequential(nn.Linear(2, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1))
criterion = nn.BCEWithLogitsLoss()
optimizerD = torch.optim.Adam(netD.parameters(), lr=1e-3, betas=(0.5, 0.999))
optimizerG = torch.optim.Adam(netG.parameters(), lr=1e-3, betas=(0.5, 0.999))
ones, zeros = torch.ones(BATCH, 1), torch.zeros(BATCH, 1)

for step in range(1, 1501):
    # (1) discriminator: maximize log(D(x)) + log(1 - D(G(z)))
    netD.zero_grad()
    errD_real = criterion(netD(real_points(BATCH)), ones)
    errD_real.backward()
    fake = netG(torch.randn(BATCH, NOISE))
    errD_fake = criterion(netD(fake.detach()), zeros)
    errD_fake.backward()
    optimizerD.step()

    # (2) generator: maximize log(D(G(z)))
    netG.zero_grad()
    errG = criterion(netD(fake), ones)
    errG.backward()
    optimizerG.step()

    if step % 250 == 0:
        with torch.no_grad():
            radius = netG(torch.randn(1000, NOISE)).norm(dim=1)
        print(f"step {step} D {errD_real.item() + errD_fake.item():.3f} G {errG.item():.3f} "
              f"radius of samples {radius.mean():.3f} +- {radius.std():.3f}")
