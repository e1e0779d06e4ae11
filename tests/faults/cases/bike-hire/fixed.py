import math

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, random_split


class Hires(Dataset):
    def __init__(self, n=4000, seed=137):
        g = torch.Generator().manual_seed(seed)
        hour = torch.rand(n, generator=g) * 24
        warm = torch.randn(n, generator=g)
        rain = (torch.rand(n, generator=g) < 0.25).float()
        free = (torch.rand(n, generator=g) < 2 / 7).float()
        rush = torch.exp(-((hour - 8) / 1.5) ** 2) + torch.exp(-((hour - 17.5) / 2) ** 2)
        noon = torch.exp(-((hour - 14) / 3.5) ** 2)
        log_rate = 0.2 + 1.8 * rush * (1 - free) + 1.6 * noon * free + 0.4 * warm - 0.9 * rain
        self.rate = log_rate.exp()
        self.count = torch.poisson(self.rate, generator=g)
        phase = hour * math.pi / 12
        waves = [f(k * phase) for k in (1, 2, 3) for f in (torch.sin, torch.cos)]
        self.x = torch.stack([*waves, warm, rain, free], dim=1)

    def __len__(self):
        return len(self.count)

    def __getitem__(self, i):
        return self.x[i], self.count[i]


class LogRate(nn.Sequential):
    def __init__(self, n_in=9, width=40):
        super().__init__(nn.Linear(n_in, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 1), nn.Flatten(0))


def main():
    torch.manual_seed(137)
    hires = Hires()
    train, val = random_split(hires, [3200, 800])
    loader = DataLoader(train, batch_size=64, shuffle=True)
    model = LogRate()
    poisson = nn.PoissonNLLLoss(log_input=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    x_val, rate_val = hires.x[val.indices], hires.rate[val.indices]
    for epoch in range(1, 13):
        model.train()
        running = 0.0
        for x, count in loader:
            loss = poisson(model(x), count)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            running += loss.item() / len(loader)
        model.eval()
        with torch.no_grad():
            error = (model(x_val).clamp(max=10).exp() - rate_val).abs().mean().item()
        if epoch % 3 == 0:
            print(f"epoch {epoch}: loss {running:.3f}, mean error of the rate {error:.3f} (mean rate {rate_val.mean().item():.2f})")


if __name__ == "__main__":
    main()
