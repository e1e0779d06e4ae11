import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader


class VAE(nn.Module):
    def __init__(self, code=8):
        super().__init__()
        self.enc = nn.Sequential(nn.Linear(64, 96), nn.ReLU(), nn.Linear(96, 2 * code))
        self.dec = nn.Sequential(nn.Linear(code, 96), nn.ReLU(), nn.Linear(96, 64))

    def forward(self, x):
        mean, logvar = self.enc(x).chunk(2, dim=1)
        z = mean + torch.randn_like(mean) * (logvar / 2).exp() if self.training else mean
        return self.dec(z), mean, logvar


def elbo(logits, x, mean, logvar):
    fit = nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(1)
    kl = -0.5 * (1 + logvar - mean ** 2 - logvar.exp()).sum(1)
    return (fit + kl).mean()


def evaluate(model, loader):
    model.eval()
    total, n = 0.0, 0
    with torch.no_grad():
        for x in loader:
            logits, mean, logvar = model(x)
            total += elbo(logits, x, mean, logvar).item() * len(x)
            n += len(x)
    return total / n


torch.manual_seed(15)
pixels = torch.tensor(load_digits().data, dtype=torch.float32) / 16
pixels = pixels[torch.randperm(len(pixels))]
train, test = DataLoader(pixels[:1500], batch_size=50, shuffle=True), DataLoader(pixels[1500:], batch_size=297)
vae = VAE()
opt = torch.optim.Adam(vae.parameters(), lr=2e-3)
for epoch in range(1, 41):
    vae.train()
    for x in train:
        logits, mean, logvar = vae(x)
        loss = elbo(logits, x, mean, logvar)
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch % 5 == 0:
        print(f"epoch {epoch} train {evaluate(vae, train):.2f} test {evaluate(vae, test):.2f}")
