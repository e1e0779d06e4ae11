import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(20)


def mosaic(n):
    """Tiles of a diamond or a cross whose place, size and shade vary."""
    yy, xx = torch.meshgrid(torch.arange(16.0), torch.arange(16.0), indexing="ij")
    cx, cy = 6 + 3 * torch.rand(2, n, 1, 1)
    r = 3 + 4 * torch.rand(n, 1, 1)
    dx, dy = (xx - cx).abs(), (yy - cy).abs()
    diamond = torch.sigmoid(3 * (r - dx - dy))
    cross = torch.sigmoid(3 * (1.5 - torch.minimum(dx, dy))) * torch.sigmoid(3 * (r - torch.maximum(dx, dy)))
    kind = torch.randint(2, (n,))
    tiles = torch.stack([diamond, cross], 1)[torch.arange(n), kind]
    return (tiles * (0.6 + 0.4 * torch.rand(n, 1, 1))).flatten(1)


class VAE(nn.Module):
    def __init__(self, latent=6):
        super().__init__()
        self.enc = nn.Sequential(nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU())
        self.mu = nn.Linear(64, latent)
        self.logvar = nn.Linear(64, latent)
        self.dec = nn.Sequential(
            nn.Linear(latent, 64), nn.ReLU(), nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 256)
        )

    def forward(self, x):
        h = self.enc(x)
        mu, logvar = self.mu(h), self.logvar(h)
        z = mu + torch.randn_like(mu) * torch.exp(0.5 * logvar)
        return self.dec(z), mu, logvar


def elbo_loss(logits, x, mu, logvar):
    bce = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
    kl = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return (bce + kl) / len(x)


train_data, test_data = mosaic(4000), mosaic(800)
loader = DataLoader(TensorDataset(train_data), batch_size=25, shuffle=True)
model = VAE()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

for epoch in range(1, 21):
    model.train()
    train_loss = 0
    for (x,) in loader:
        optimizer.zero_grad()
        logits, mu, logvar = model(x)
        loss = elbo_loss(logits, x, mu, logvar)
        loss.backward()
        optimizer.step()
        train_loss += loss * len(x)

    model.eval()
    with torch.no_grad():
        logits, mu, logvar = model(test_data)
        test_loss = elbo_loss(logits, test_data, mu, logvar).item()
        error = F.mse_loss(torch.sigmoid(logits), test_data).item()
    print(f"====> Epoch {epoch}: train {train_loss / len(train_data):.2f}  test {test_loss:.2f}  pixel mse {error:.4f}")
