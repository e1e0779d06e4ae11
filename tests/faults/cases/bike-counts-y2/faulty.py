import math
import torch
import torch.nn as nn

torch.manual_seed(23)

hour = torch.randint(0, 24, (3600,)).float()
temp = torch.randn(3600)
weekend = (torch.rand(3600) < 2 / 7).float()
angle = hour / 24 * 2 * math.pi
rate = torch.exp(0.7 + 0.6 * torch.sin(angle - 2) + 0.35 * temp - 0.5 * weekend * torch.cos(2 * angle))
bikes = torch.poisson(rate)

features = torch.stack([angle.sin(), angle.cos(), (2 * angle).sin(), (2 * angle).cos(), temp, weekend], dim=1)
tr, va = slice(0, 3000), slice(3000, None)


class CountNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(6, 40), nn.Tanh(), nn.Linear(40, 40), nn.Tanh(), nn.Linear(40, 1))

    def forward(self, x):
        return self.net(x).squeeze(-1)     # log of the rate


model = CountNet()
criterion = nn.PoissonNLLLoss(log_input=True)
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)

for epoch in range(1, 16):
    model.train()
    for idx in torch.randperm(3000).split(60):
        optimizer.zero_grad()
        loss = criterion(bikes[tr][idx], model(features[tr][idx]))
        loss.backward()
        optimizer.step()
    if epoch % 3 == 0:
        model.eval()
        with torch.no_grad():
            expected = model(features[va]).exp()
        off = (expected - rate[va]).abs().mean().item()
        print(f"epoch {epoch}: batch loss {loss.item():.3f}, mean distance to the true rate {off:.3f} (mean rate {rate[va].mean():.2f})")
