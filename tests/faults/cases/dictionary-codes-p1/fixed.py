import torch
import torch.nn as nn
import torch.nn.functional as F


class SparseAutoencoder(nn.Module):
    def __init__(self, d_in, d_dict):
        super().__init__()
        self.b_dec = nn.Parameter(torch.zeros(d_in))
        self.enc = nn.Linear(d_in, d_dict)
        self.dec = nn.Linear(d_dict, d_in, bias=False)
        self.dec.weight.data = F.normalize(self.dec.weight.data, dim=0)
        self.enc.weight.data = self.dec.weight.data.T.clone()

    def forward(self, x):
        acts = F.relu(self.enc(x - self.b_dec))
        return self.dec(acts) + self.b_dec, acts

    @torch.no_grad()
    def unit_norm(self):
        self.dec.weight.data = F.normalize(self.dec.weight.data, dim=0)


class ActivationSource:
    """Activations that are sparse sums of 48 directions in 32 dimensions."""

    def __init__(self, d=32, features=48, seed=0):
        self.gen = torch.Generator().manual_seed(seed)
        self.directions = F.normalize(torch.randn(features, d, generator=self.gen), dim=1)

    def sample(self, n):
        on = torch.rand(n, len(self.directions), generator=self.gen) < 0.06
        strength = 0.5 + torch.rand(n, len(self.directions), generator=self.gen)
        x = (on * strength) @ self.directions
        return 3 * x + 0.05 * torch.randn(x.shape, generator=self.gen)


cfg = dict(d_dict=64, l1_coeff=0.5, lr=1e-3, steps=3000, batch=128, seed=44)

torch.manual_seed(cfg["seed"])
source = ActivationSource()
held_out = source.sample(2000)
sae = SparseAutoencoder(32, cfg["d_dict"])
opt = torch.optim.Adam(sae.parameters(), lr=cfg["lr"])

for step in range(1, cfg["steps"] + 1):
    x = source.sample(cfg["batch"])
    recon, acts = sae(x)
    l2 = (recon - x).pow(2).sum(-1).mean()
    l1 = acts.sum(-1).mean()
    loss = l2 + cfg["l1_coeff"] * l1
    opt.zero_grad()
    loss.backward()
    opt.step()
    sae.unit_norm()
    if step % 500 == 0:
        sae.eval()
        with torch.no_grad():
            recon, acts = sae(held_out)
            explained = 1 - (recon - held_out).pow(2).sum() / (held_out - held_out.mean(0)).pow(2).sum()
            l0 = (acts > 0).float().sum(-1).mean()
        sae.train()
        print(f"step {step}  l2 {l2.item():.3f}  l1 {l1.item():.3f}  L0 {l0.item():.1f}  "
              f"held-out variance explained {explained.item():.3f}")
