import torch
import torch.nn as nn
import torch.nn.functional as F


def clusters(n, gen, atoms=6):
    """Atoms in a box and the sum of their pair energies, minus a mean."""
    places = 2.4 * torch.rand(n, atoms, 2, generator=gen)
    distance = (places[:, :, None] - places[:, None, :]).norm(dim=3)
    i, j = torch.triu_indices(atoms, atoms, offset=1)
    r = distance[:, i, j]
    energy = (2.0 * torch.exp(-3 * r) - torch.exp(-((r - 1.0) / 0.25) ** 2)).sum(1)
    return r, (energy + 2.3) / 1.3


class PairEnergy(nn.Module):
    def __init__(self, n_kernels=12):
        super().__init__()
        self.centers = nn.Parameter(torch.linspace(0, 3, n_kernels))
        self.filters = nn.ModuleList([
            nn.Sequential(nn.Linear(n_kernels, 24), nn.Tanh(), nn.Linear(24, 1)) for _ in range(3)
        ])
        self.out = nn.Sequential(nn.Linear(3, 16), nn.SiLU(), nn.Linear(16, 1))

    def forward(self, r):
        basis = torch.exp(-((r.unsqueeze(-1) - self.centers) ** 2) / 0.06)
        sums = [f(basis).squeeze(-1).mean(1) for f in self.filters]
        features = torch.stack(sums, dim=1)
        return self.out(features).squeeze(1)


torch.manual_seed(23)
gen = torch.Generator().manual_seed(23)
r, e = clusters(4000, gen)
r_val, e_val = clusters(800, gen)
model = PairEnergy()
optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.9)

for epoch in range(1, 21):
    model.train()
    epoch_loss = 0.0
    for idx in torch.randperm(len(r)).split(50):
        loss = F.mse_loss(model(r[idx]), e[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item() * len(idx)
    scheduler.step()
    if epoch % 4 == 0:
        model.eval()
        with torch.no_grad():
            val = F.mse_loss(model(r_val), e_val).item()
        print(f"epoch {epoch}: train {epoch_loss / len(r):.4f} val {val:.4f}")
