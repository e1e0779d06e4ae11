"""Fit a mixture of Gaussians to infrared spectra of amber and copal by gradient descent."""
import math

import torch
from torch import nn

BANDS, SOURCES = 96, 5


def spectra(n, gen):
    shape = torch.randn(SOURCES, BANDS, generator=torch.Generator().manual_seed(3)).cumsum(1)
    shape = (shape - shape.mean(1, keepdim=True)) / shape.std(1, keepdim=True)
    source = torch.randint(SOURCES, (n,), generator=gen)
    return shape[source] + 0.5 * torch.randn(n, BANDS, generator=gen), source


class GaussianMixture(nn.Module):
    def __init__(self, n_components, start):
        super().__init__()
        self.logits = nn.Parameter(torch.zeros(n_components))
        self.means = nn.Parameter(start[torch.randperm(len(start))[:n_components]].clone())
        self.log_std = nn.Parameter(torch.zeros(n_components, start.shape[1]))

    def joint(self, x):
        z = (x[:, None] - self.means) * torch.exp(-self.log_std)
        log_normal = -0.5 * (z ** 2 + math.log(2 * math.pi)) - self.log_std
        return torch.log_softmax(self.logits, 0) + log_normal.sum(-1)

    def forward(self, x):
        likelihood = torch.log(torch.exp(self.joint(x)).sum(1))
        return -likelihood.mean() / BANDS


def main():
    torch.manual_seed(8)
    gen = torch.Generator().manual_seed(8)
    train, _ = spectra(3000, gen)
    val, source = spectra(600, gen)
    mean, std = train.mean(0), train.std(0)
    train, val = (train - mean) / std, (val - mean) / std
    model = GaussianMixture(3 * SOURCES, train)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for epoch in range(1, 31):
        total = 0.0
        for idx in torch.randperm(len(train)).split(100):
            optimizer.zero_grad()
            loss = model(train[idx])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(idx)
        if epoch % 5 == 0:
            with torch.no_grad():
                nll = model(val).item()
                part = model.joint(val).argmax(1)
            table = torch.zeros(3 * SOURCES, SOURCES).index_put_((part, source), torch.ones(len(val)), accumulate=True)
            print(f"epoch {epoch}: train nll {total / len(train):.4f}, val nll {nll:.4f} per band, "
                  f"purity {table.max(1).values.sum().item() / len(val):.3f}")


main()
