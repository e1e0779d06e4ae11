import torch
import torch.nn as nn

# Water level in the harbour, an hour ahead of the last 36 hours.
torch.manual_seed(16)
hours = torch.arange(2600.0)
level = (
    1.3 * torch.sin(2 * torch.pi * hours / 12.42)
    + 0.5 * torch.sin(2 * torch.pi * hours / 12.0 + 0.4)
    + 0.35 * torch.sin(2 * torch.pi * hours / 25.82 + 1.0)
)
surge = torch.zeros_like(level)
for k in range(1, len(surge)):
    surge[k] = 0.9 * surge[k - 1] + 0.03 * torch.randn(())
level = level + surge + 0.2 * level**2 / 3

window = level.unfold(0, 37, 1)
past, ahead = window[:, :-1], window[:, -1]
cut, end = 1900, len(window)


class TideNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(36, 48), nn.GELU(), nn.Linear(48, 48), nn.GELU(), nn.Linear(48, 1))

    def forward(self, past):
        return self.net(past).squeeze(-1)


class Patience:
    """Tells when the loss has not got better for a while."""

    def __init__(self, wait, margin):
        self.wait, self.margin = wait, margin
        self.best, self.bad = float("inf"), 0

    def exhausted(self, value):
        if value < self.best - self.margin:
            self.best, self.bad = value, 0
        else:
            self.bad += 1
        return self.bad >= self.wait


tide = TideNet()
optimizer = torch.optim.SGD(tide.parameters(), lr=0.02, momentum=0.9, nesterov=True)
patience = Patience(wait=3, margin=0.01)
epoch, val = 0, float("inf")
while epoch < 60 and not patience.exhausted(val):
    epoch += 1
    for rows in torch.randperm(cut).split(64):
        optimizer.zero_grad()
        loss = (tide(past[rows]) - ahead[rows]).pow(2).mean()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        val = (tide(past[cut + 36 :]) - ahead[cut + 36 :]).pow(2).mean().item()
    print(f"epoch {epoch} train {loss.item():.5f} val {val:.5f} (rmse {100 * val**0.5:.1f} cm)")
