import logging
import sys

import torch
from torch import nn

logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(levelname)s %(message)s")
logger = logging.getLogger(__name__)

DTYPE = torch.float16


def measurements(n, generator):
    x = torch.randn(n, 10, generator=generator)
    effort = 0.8 * x[:, 0] + 0.5 * torch.relu(x[:, 1]) - 0.4 * x[:, 2] * x[:, 3]
    return x.to(DTYPE), (effort + 0.1 * torch.randn(n, generator=generator)).to(DTYPE)


class HeartRate(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(10, 64)
        self.b = nn.Linear(64, 64)
        self.c = nn.Linear(64, 1)

    def forward(self, x):
        x = torch.relu(self.a(x))
        x = torch.relu(self.b(x))
        return self.c(x).flatten()


torch.manual_seed(41)
gen = torch.Generator().manual_seed(41)
x, y = measurements(2000, gen)
xv, yv = measurements(500, gen)

model = HeartRate().to(DTYPE)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
loss_fn = nn.MSELoss()

for epoch in range(1, 17):
    model.train()
    for batch in torch.randperm(len(x)).split(50):
        optimizer.zero_grad()
        loss = loss_fn(model(x[batch]), y[batch])
        loss.backward()
        optimizer.step()
    if epoch % 4 == 0:
        model.eval()
        with torch.no_grad():
            val = loss_fn(model(xv).float(), yv.float()).item()
        logger.info("epoch %d val mse %.4f (variance %.3f)", epoch, val, yv.float().var().item())
