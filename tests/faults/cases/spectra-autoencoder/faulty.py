import numpy as np
import torch
from torch import nn


def spectra(n, rng, channels=80):
    axis = np.linspace(0, 1, channels)
    out = np.zeros((n, channels))
    for centre, width in [(0.2, 0.04), (0.45, 0.07), (0.5, 0.02), (0.8, 0.05)]:
        out += rng.uniform(0, 1, (n, 1)) * np.exp(-((axis - centre - rng.normal(0, 0.01, (n, 1))) / width) ** 2)
    out += rng.uniform(-0.2, 0.2, (n, 1)) * axis
    return torch.tensor(out, dtype=torch.float32)


class Encoder(nn.Module):
    def __init__(self, channels, code):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(channels, 48), nn.SiLU(), nn.Linear(48, code))

    def forward(self, spectrum):
        return self.net(spectrum)


class Decoder(nn.Module):
    def __init__(self, channels, code):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(code, 48), nn.SiLU(), nn.Linear(48, channels))

    def forward(self, code):
        return self.net(code)


class Experiment:
    def __init__(self, channels=80, code=8, lr=2e-3):
        self.encoder, self.decoder = Encoder(channels, code), Decoder(channels, code)
        self.opt = torch.optim.Adam(self.encoder.parameters(), lr=lr)

    def reconstruct(self, x):
        return self.decoder(self.encoder(x))

    def step(self, x):
        self.opt.zero_grad()
        loss = nn.functional.mse_loss(self.reconstruct(x), x)
        loss.backward()
        self.opt.step()
        return loss.item()

    def error(self, x):
        with torch.no_grad():
            return nn.functional.mse_loss(self.reconstruct(x), x).item()


rng = np.random.default_rng(6)
torch.manual_seed(6)
train, test = spectra(2000, rng), spectra(500, rng)
mean, std = train.mean(0), train.std()
train, test = (train - mean) / std, (test - mean) / std
experiment = Experiment()
for epoch in range(1, 31):
    losses = [experiment.step(train[idx]) for idx in torch.randperm(len(train)).split(50)]
    if epoch % 5 == 0:
        print(f"epoch {epoch} train mse {np.mean(losses):.4f} test mse {experiment.error(test):.4f}")
