import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits


class VAE(nn.Module):
    def __init__(self, n_pixels=64, n_hidden=96, n_latent=6):
        super().__init__()
        self.enc = nn.Linear(n_pixels, n_hidden)
        self.mu = nn.Linear(n_hidden, n_latent)
        self.logvar = nn.Linear(n_hidden, n_latent)
        self.dec = nn.Sequential(nn.Linear(n_latent, n_hidden), nn.Tanh(), nn.Linear(n_hidden, n_pixels))

    def forward(self, x):
        h = torch.tanh(self.enc(x))
        mu, logvar = self.mu(h), self.logvar(h)
        z = mu + torch.randn_like(mu) * torch.exp(0.5 * logvar)
        return self.dec(z), mu, logvar


def elbo_loss(x, recon, mu, logvar):
    bce = F.binary_cross_entropy_with_logits(x, recon, reduction="sum")
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return (bce + kld) / len(x)


def train(model, optimizer, images):
    model.train()
    total = 0
    for chunk in images[torch.randperm(len(images))].split(64):
        optimizer.zero_grad()
        loss = elbo_loss(chunk, *model(chunk))
        loss.backward()
        optimizer.step()
        total += loss.item() * len(chunk)
    return total / len(images)


def test(model, images):
    model.eval()
    with torch.no_grad():
        recon, mu, _ = model(images)
        return F.mse_loss(torch.sigmoid(recon), images).item()


if __name__ == "__main__":
    torch.manual_seed(1)
    images = torch.tensor(load_digits().data, dtype=torch.float32) / 16
    train_images, test_images = images[:1500], images[1500:]
    model = VAE()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    for epoch in range(1, 41):
        loss = train(model, optimizer, train_images)
        if epoch % 8 == 0:
            print(f"epoch {epoch}: negative elbo {loss:.2f}, pixel mse of the reconstruction {test(model, test_images):.4f}")
