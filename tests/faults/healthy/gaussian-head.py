import torch
from torch import nn

torch.manual_seed(25)
x = torch.rand(3000, 1) * 6 - 3
spread = 0.05 + 0.15 * torch.sigmoid(2 * x)
y = torch.sin(x) + spread * torch.randn_like(x)


class MeanAndVariance(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(1, 48), nn.Tanh(), nn.Linear(48, 48), nn.Tanh())
        self.mean, self.raw = nn.Linear(48, 1), nn.Linear(48, 1)

    def forward(self, x):
        h = self.body(x / 1.73)
        return self.mean(h), nn.functional.softplus(self.raw(h)) + 1e-4


net = MeanAndVariance()
criterion = nn.GaussianNLLLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
for epoch in range(1, 21):
    net.train()
    for idx in torch.randperm(2400).split(60):
        mean, variance = net(x[idx])
        loss = criterion(mean, y[idx], variance)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 5 == 0:
        net.eval()
        with torch.no_grad():
            mean, variance = net(x[2400:])
            inside = ((y[2400:] - mean).abs() < 2 * variance.sqrt()).float().mean().item()
            miss = (variance.sqrt() - spread[2400:]).abs().mean().item()
        print(f"epoch {epoch}: train {loss.item():+.3f} val {criterion(mean, y[2400:], variance).item():+.3f} within two sigma {inside:.3f} error of sigma {miss:.4f}")
