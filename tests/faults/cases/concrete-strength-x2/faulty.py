import logging

import numpy as np
import torch
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

logging.basicConfig(level=logging.INFO, format="%(message)s")
log = logging.getLogger("concrete")


def mixes(n: int, seed: int):
    rng = np.random.default_rng(seed)
    cement = rng.uniform(150, 500, n)
    water = rng.uniform(130, 230, n)
    ash = rng.uniform(0, 150, n)
    age = rng.choice([3, 7, 14, 28, 56, 90], n)
    gravel = rng.uniform(800, 1100, n)
    strength = 28 * (cement + 0.4 * ash) / water * np.log1p(age) / np.log(29) - 0.01 * (gravel - 950) + rng.normal(0, 2, n)
    return np.c_[cement, water, ash, np.log(age), gravel], strength[:, None]


class Trainer:
    def __init__(self, model: nn.Module, lr: float, penalty: float):
        self.model = model
        self.penalty = penalty
        self.criterion = nn.MSELoss()
        self.optimizer = torch.optim.RMSprop(model.parameters(), lr=lr)

    def regularizer(self):
        return sum(p.pow(2).sum() for name, p in self.model.named_parameters() if name.endswith("weight"))

    def train_epoch(self, loader):
        self.model.train()
        for x, y in loader:
            loss = self.criterion(self.model(x), y) + self.penalty * self.regularizer()
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()

    def mean_error(self, loader):
        self.model.eval()
        total, n = 0.0, 0
        with torch.no_grad():
            for x, y in loader:
                total += (self.model(x) - y).abs().sum().item()
                n += len(y)
        return total / n

    def fit(self, train, val, epochs):
        for epoch in range(1, epochs + 1):
            self.train_epoch(train)
            if epoch % 5 == 0:
                log.info("epoch %d: error on training mixes %.2f MPa, on new mixes %.2f MPa", epoch,
                         self.mean_error(train) * SCALE, self.mean_error(val) * SCALE)


torch.manual_seed(3)
train_x, train_y = mixes(1500, 0)
val_x, val_y = mixes(400, 1)
sx, sy = StandardScaler().fit(train_x), StandardScaler().fit(train_y)
SCALE = sy.scale_[0]


def loader(x, y, **kw):
    x, y = sx.transform(x).astype("float32"), sy.transform(y).astype("float32")
    return DataLoader(TensorDataset(torch.from_numpy(x), torch.from_numpy(y)), **kw)


net = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))
Trainer(net, lr=1e-3, penalty=0.2).fit(
    loader(train_x, train_y, batch_size=32, shuffle=True), loader(val_x, val_y, batch_size=400), epochs=40)
