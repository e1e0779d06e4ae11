# Surrogate of a stage lamp: three knobs in, brightness out. The simulator is slow, the net is not.
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

N_KNOBS = 3
HIDDEN = 64
EPOCHS = 25


def simulator(knobs):
    a, b, c = knobs.unbind(1)
    warm = torch.sin(2.2 * a + 1.5 * b)
    beam = torch.exp(-2 * (b - 0.3 * c) ** 2)
    return warm + 1.5 * beam + 0.8 * torch.cos(2.5 * c) * a


class Surrogate(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(N_KNOBS, hidden), nn.GELU(),
            nn.Linear(hidden, hidden), nn.GELU(),
            nn.Linear(hidden, 1),
        )

    def forward(self, knobs):
        return self.layers(knobs).squeeze(-1)


def r2(prediction, truth):
    return 1 - F.mse_loss(prediction, truth).item() / truth.var().item()


torch.manual_seed(40)
knobs = 1.7 * (2 * torch.rand(4000, N_KNOBS) - 1)
light = simulator(knobs) + 0.05 * torch.randn(4000)
light = (light - light[:3200].mean()) / light[:3200].std()
train = TensorDataset(knobs[:3200], light[:3200])
val_knobs, val_light = knobs[3200:], light[3200:]

model = Surrogate(HIDDEN)
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)

for epoch in range(1, EPOCHS + 1):
    model.train()
    total = 0.0
    for x, y in DataLoader(train, batch_size=64, shuffle=True):
        loss = F.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
    scheduler.step()
    if epoch % 5 == 0:
        model.eval()
        with torch.no_grad():
            score_train = r2(model(knobs[:3200]), light[:3200])
            score_val = r2(model(val_knobs), val_light)
        print(f"epoch {epoch:2d}  mse {total / len(train):.4f}  R2 train {score_train:.3f}  R2 val {score_val:.3f}")
