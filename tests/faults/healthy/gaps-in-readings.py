import torch
from torch import nn

torch.manual_seed(20)


def stations(n):
    """Six sensors of which some are silent, and three targets of which some were never measured."""
    latent = torch.randn(n, 2)
    mix = torch.tensor([[1.0, 0.4, -0.6, 0.9, 0.1, -0.8], [0.2, 1.0, 0.7, -0.3, -1.0, 0.5]])
    x = latent @ mix + 0.1 * torch.randn(n, 6)
    y = torch.stack([latent.sum(1), latent.prod(1), torch.sin(2 * latent[:, 0])], 1)
    x[torch.rand(n, 6) < 0.1] = float("nan")
    y[torch.rand(n, 3) < 0.3] = float("nan")
    return x, y


class Gapped(nn.Module):
    def __init__(self):
        super().__init__()
        self.missing = nn.Parameter(torch.zeros(6))
        self.net = nn.Sequential(nn.Linear(12, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 3))

    def forward(self, x):
        silent = x.isnan()
        return self.net(torch.cat([torch.where(silent, self.missing, x.nan_to_num()), silent.float()], 1))


def masked_mse(out, target):
    known = ~target.isnan()
    return nn.functional.mse_loss(out[known], target[known])


x, y = stations(4000)
x_val, y_val = stations(1000)
model = Gapped()
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.01)
for epoch in range(1, 16):
    model.train()
    losses = []
    for idx in torch.randperm(len(x)).split(80):
        loss = masked_mse(model(x[idx]), y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    if epoch % 3 == 0:
        model.eval()
        with torch.no_grad():
            print(f"epoch {epoch}: train {sum(losses) / len(losses):.4f} val {masked_mse(model(x_val), y_val).item():.4f}")
