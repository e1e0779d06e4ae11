import logging
import math

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, random_split, TensorDataset

logging.basicConfig(level=logging.INFO, format="%(message)s")
log = logging.getLogger("terrain")


class HeightField(nn.Module):
    """height above sea level from map coordinates"""

    def __init__(self, width=64, depth=3):
        super().__init__()
        sizes = [2] + [width] * depth
        self.layers = nn.ModuleList(nn.Linear(i, o) for i, o in zip(sizes, sizes[1:]))
        self.head = nn.Linear(width, 1)

    def forward(self, xy):
        h = xy
        for layer in self.layers:
            h = layer(h)
            F.relu(h)
        return self.head(h).squeeze(1)


def survey(n):
    xy = torch.rand(n, 2) * 2 - 1
    east, north = xy.unbind(1)
    ridge = torch.exp(-8 * (north - 0.4 * torch.sin(3 * east)) ** 2)
    hill = 1.3 * torch.exp(-6 * ((east + 0.5) ** 2 + (north + 0.6) ** 2))
    height = ridge + hill + 0.3 * east * math.pi / 3 + 0.05 * torch.randn(n)
    return TensorDataset(xy, (height - height.mean()) / height.std())


torch.manual_seed(33)
train_set, held_out = random_split(survey(2500), [2000, 500])
train_loader = DataLoader(train_set, batch_size=50, shuffle=True)
test_loader = DataLoader(held_out, batch_size=500)

field = HeightField()
adam = torch.optim.Adam(field.parameters(), lr=4e-3)
decay = torch.optim.lr_scheduler.CosineAnnealingLR(adam, T_max=30)

for epoch in range(30):
    field.train()
    for xy, height in train_loader:
        adam.zero_grad()
        loss = F.mse_loss(field(xy), height)
        loss.backward()
        adam.step()
    decay.step()
    if epoch % 5 == 4:
        field.eval()
        with torch.no_grad():
            xy, height = next(iter(test_loader))
            err = F.mse_loss(field(xy), height)
        log.info("epoch %d: train mse %.4f, test mse %.4f, explained %.3f", epoch + 1, loss.item(), err, 1 - err / height.var())
