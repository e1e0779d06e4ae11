import logging
import sys

import numpy as np
import torch
import torch.nn as nn

logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(levelname)s %(message)s")
logger = logging.getLogger(__name__)


class EarlyStopping:
    def __init__(self, patience=2, min_delta=0.02):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited = float("inf"), 0

    def __call__(self, value):
        if value < self.best - self.min_delta:
            self.best, self.waited = value, 0
        else:
            self.waited += 1
        return self.waited >= self.patience


def simulate(n, seed):
    rng = np.random.default_rng(seed)
    gas = np.repeat(rng.uniform(0, 1, n // 12 + 1), 12)[:n]
    door = np.repeat(rng.random(n // 5 + 1) < 0.15, 5)[:n].astype(float)
    temp = np.zeros(n)
    for t in range(1, n):
        temp[t] = temp[t - 1] + 0.25 * gas[t] - 0.12 * temp[t - 1] * (1 + 1.5 * door[t]) * (0.5 + 0.5 * temp[t - 1]) + 0.005 * rng.normal()
    return np.stack([temp, gas, door], 1)


def windows(series, past=8, ahead=6):
    x = np.stack([series[i:i + past].ravel() for i in range(len(series) - past - ahead)])
    # gas and door plan for the next minutes are known
    plan = np.stack([series[i + past:i + past + ahead, 1:].ravel() for i in range(len(series) - past - ahead)])
    y = series[past + ahead - 1:-1, 0]
    return np.hstack([x, plan]), y


train_x, train_y = windows(simulate(4000, 1))
val_x, val_y = windows(simulate(1200, 2))
m, s, ym, ys = train_x.mean(0), train_x.std(0), train_y.mean(), train_y.std()
to = lambda a: torch.tensor(a, dtype=torch.float32)
train_x, val_x = to((train_x - m) / s), to((val_x - m) / s)
train_y, val_y = to((train_y - ym) / ys), to((val_y - ym) / ys)

torch.manual_seed(1)
model = nn.Sequential(nn.Linear(train_x.shape[1], 64), nn.GELU(), nn.Linear(64, 64), nn.GELU(), nn.Linear(64, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=5e-4)
stopper = EarlyStopping()

for epoch in range(1, 41):
    for idx in torch.randperm(len(train_x)).split(64):
        optimizer.zero_grad()
        nn.functional.mse_loss(model(train_x[idx]).squeeze(1), train_y[idx]).backward()
        optimizer.step()
    with torch.no_grad():
        val = nn.functional.mse_loss(model(val_x).squeeze(1), val_y).item()
    logger.info("epoch %d val mse %.4f", epoch, val)
    if stopper(val):
        break
logger.info("stopped after epoch %d: val mse %.4f", epoch, val)
