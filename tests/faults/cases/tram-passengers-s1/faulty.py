import math

import torch
import torch.nn as nn
import torch.nn.functional as F

HOURS, WINDOW = 24 * 150, 48


def ridership(hours):
    """Standardized hourly counts: rush hours, quiet weekends, a slow drift of the weather."""
    t = torch.arange(hours)
    hour, day = t % 24, (t // 24) % 7
    rush = torch.exp(-((hour - 8) / 1.5) ** 2) + 0.9 * torch.exp(-((hour - 17) / 2.0) ** 2)
    base = torch.where(day < 5, 1.0, 0.45) * rush + 0.15 * torch.sin(2 * math.pi * (hour - 6) / 24)
    noise = torch.randn(hours)
    drift = torch.zeros(hours)
    for i in range(1, hours):
        drift[i] = 0.97 * drift[i - 1] + 0.02 * noise[i]
    series = base + drift + 0.02 * torch.randn(hours)
    return (series - series.mean()) / series.std()


class CausalConv(nn.Module):
    def __init__(self, c_in, c_out, dilation):
        super().__init__()
        self.pad = 2 * dilation
        self.conv = nn.Conv1d(c_in, c_out, 3, dilation=dilation)

    def forward(self, x):
        return F.relu(self.conv(F.pad(x, (self.pad, 0))))


class TCN(nn.Module):
    def __init__(self, width=24):
        super().__init__()
        dilations = [1, 2, 4, 8]
        self.body = nn.Sequential(*[CausalConv(1 if i == 0 else width, width, d) for i, d in enumerate(dilations)])
        self.head = nn.Linear(width, 1)

    def forward(self, x):
        return self.head(self.body(x.unsqueeze(1))[:, :, -1]).squeeze(1)


class Trainer:
    def __init__(self, model, lr):
        self.model = model
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr)

    def training_step(self, x, y):
        self.model.train()
        loss = F.mse_loss(self.model(x), y)
        loss.backward()
        self.optimizer.zero_grad()
        self.optimizer.step()
        return loss.item()

    @torch.no_grad()
    def validate(self, x, y):
        self.model.eval()
        return F.mse_loss(self.model(x), y).item()


def main():
    torch.manual_seed(10)
    windows = ridership(HOURS).unfold(0, WINDOW + 1, 1)
    split = int(0.8 * len(windows))
    train, val = windows[:split], windows[split + WINDOW:]
    trainer = Trainer(TCN(), lr=2e-3)
    persistence = F.mse_loss(val[:, -2], val[:, -1]).item()
    for epoch in range(1, 16):
        losses = [trainer.training_step(train[i, :-1], train[i, -1]) for i in torch.randperm(split).split(64)]
        val_mse = trainer.validate(val[:, :-1], val[:, -1])
        print(f"epoch {epoch:2d} train mse {sum(losses) / len(losses):.4f} val mse {val_mse:.4f} "
              f"(last hour again: {persistence:.4f})")


main()
