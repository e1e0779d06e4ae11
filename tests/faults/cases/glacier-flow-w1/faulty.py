import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(6)


def ice(n, size=20):
    """smooth random maps, flowing downhill for one year, a little melt where it is low"""
    noise = torch.randn(n, 1, size + 8, size + 8)
    kernel = torch.ones(1, 1, 5, 5) / 25
    now = F.conv2d(F.conv2d(noise, kernel), kernel)
    now = now / now.std()
    padded = F.pad(now, (1, 1, 1, 1), mode="replicate")
    slope_x = padded[:, :, 1:-1, 2:] - padded[:, :, 1:-1, :-2]
    slope_y = padded[:, :, 2:, 1:-1] - padded[:, :, :-2, 1:-1]
    later = now - 0.3 * (slope_x.abs() + slope_y.abs()) - 0.2 * torch.relu(-now)
    return now, later + 0.05 * torch.randn_like(later)


class Glacier(nn.Module):
    def __init__(self, width=12):
        super().__init__()
        self.layers = nn.ModuleList([
            nn.Conv2d(1, width, 3, padding=1, padding_mode="replicate"),
            nn.Conv2d(width, width, 3, padding=1, padding_mode="replicate"),
            nn.Conv2d(width, 1, 1),
        ])

    def forward(self, h):
        z = h
        for layer in self.layers[:-1]:
            z = F.gelu(layer(z))
        return h + self.layers[-1](z)


def train_one_epoch(model, optimizer, now, later, batch=25):
    model.train()
    for idx in torch.randperm(len(now)).split(batch):
        optimizer.zero_grad()
        F.mse_loss(model(now[idx]), later[idx]).backward()
        optimizer.step()


def evaluate(model, now, later, batch=100):
    model.eval()
    total, baseline = 0.0, 0.0
    for a, b in zip(now.split(batch), later.split(batch)):
        total += F.mse_loss(model(a), b, reduction="sum").item()
        baseline += F.mse_loss(a, b, reduction="sum").item()
    return total / later.numel(), 1 - total / baseline


model = Glacier()
optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
train_now, train_later = ice(500)
val_now, val_later = ice(200)
for epoch in range(8):
    train_one_epoch(model, optimizer, train_now, train_later)
    mse, skill = evaluate(model, val_now, val_later)
    print(f"epoch {epoch}  val mse {mse:.4f}  skill over 'nothing changes' {skill:.3f}")
