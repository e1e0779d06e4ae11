import logging

import numpy as np
import torch
import torch.nn as nn
import torch.utils.data as data_utils

logging.basicConfig(level=logging.INFO, format="%(message)s", stream=__import__("sys").stdout)
log = logging.getLogger("turbine")


def build_mlp(sizes, dropout=0.0):
    layers = []
    for i in range(len(sizes) - 1):
        layers.append(nn.Linear(sizes[i], sizes[i + 1]))
        if i < (len(sizes) - 2):
            layers.append(nn.ReLU())
            if dropout > 0:
                layers.append(nn.Dropout(dropout))
    return nn.Sequential(*layers)


def turbine(n, rng):
    ambient = rng.uniform(-5, 35, n)
    pressure = rng.normal(1013, 6, n)
    humidity = rng.uniform(25, 100, n)
    load = rng.uniform(0.4, 1.0, n)
    flame = 1000 + 100 * load + rng.normal(0, 8, n)
    steam = rng.normal(60, 8, n)
    nox = 60 + 40 * (load - 0.75) ** 2 * 16 - 0.02 * (ambient - 15) ** 2 - 0.1 * humidity * (load > 0.7)
    nox += 0.15 * np.abs(flame - 1075) - 0.2 * steam + rng.normal(0, 0.8, n)
    return np.c_[ambient, pressure, humidity, load, flame, steam], nox


def standardise(train, *others):
    mean, std = train.mean(axis=0), train.std(axis=0)
    return [torch.as_tensor((a - mean) / std, dtype=torch.float32) for a in (train, *others)]


def main():
    torch.manual_seed(2)
    rng = np.random.default_rng(2)
    X, y = turbine(4000, rng)
    X_tr, X_va = standardise(X[:3200], X[3200:])
    y_tr, y_va = standardise(y[:3200], y[3200:])
    loader = data_utils.DataLoader(data_utils.TensorDataset(X_tr, y_tr), batch_size=64, shuffle=True)

    net = build_mlp([6, 100, 1])
    loss_fn = nn.MSELoss()
    opt = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9, nesterov=True)
    sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=25)
    for epoch in range(1, 26):
        net.train()
        for xb, yb in loader:
            opt.zero_grad()
            loss_fn(net(xb)[:, 0], yb).backward()
            opt.step()
        sched.step()
        net.eval()
        with torch.no_grad():
            tr = loss_fn(net(X_tr)[:, 0], y_tr).item()
            va = loss_fn(net(X_va)[:, 0], y_va).item()
        if epoch % 5 == 0:
            log.info("epoch %d train %.4f valid %.4f R2 %.3f", epoch, tr, va, 1 - va / y_va.var().item())


main()
