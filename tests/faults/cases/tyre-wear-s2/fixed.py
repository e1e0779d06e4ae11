import logging
import sys

import numpy as np
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

logging.basicConfig(stream=sys.stdout, format="%(levelname)s %(message)s", level=logging.INFO)
log = logging.getLogger("tyres")

CONFIG = {
    "seed": 2024,
    "n_train": 4000,
    "n_val": 1000,
    "batch_size": 64,
    "epochs": 15,
    "hidden": [64, 32],
    "optimizer": {"lr": 2e-3, "weight_decay": 1e-4},
}


class TyreTable:
    columns = ["km", "pressure", "load", "speed", "braking", "corners", "temperature", "compound"]

    def __init__(self, rng):
        self.rng = rng

    def sample(self, n):
        r = self.rng
        km, pressure = r.uniform(1, 40, n), r.normal(2.4, 0.25, n)
        load, speed = r.uniform(250, 550, n), r.normal(80, 20, n)
        braking, corners = r.gamma(2, 1, n), r.gamma(3, 1, n)
        temperature, compound = r.normal(15, 9, n), r.integers(0, 2, n)
        rate = 0.10 * (load / 400) ** 1.5 * (1 + 6 * (pressure - 2.4) ** 2) * np.exp(0.012 * (temperature - 15))
        rate = rate * (1 + 0.15 * braking + 0.1 * corners * speed / 80) * np.where(compound, 0.75, 1.15)
        wear = np.sqrt(km * rate) + r.normal(0, 0.06, n)
        x = np.column_stack([km, pressure, load, speed, braking, corners, temperature, compound])
        return x.astype(np.float32), wear.astype(np.float32)


def build_model(n_in, hidden):
    layers = []
    for n_out in hidden:
        layers += [nn.Linear(n_in, n_out), nn.GELU()]
        n_in = n_out
    return nn.Sequential(*layers, nn.Linear(n_in, 1), nn.Flatten(0))


def main(cfg):
    torch.manual_seed(cfg["seed"])
    table = TyreTable(np.random.default_rng(cfg["seed"]))
    x_train, y_train = table.sample(cfg["n_train"])
    x_val, y_val = table.sample(cfg["n_val"])
    x_mean, x_std, y_mean, y_std = x_train.mean(0), x_train.std(0), y_train.mean(), y_train.std()
    x_train, x_val = (torch.from_numpy((x - x_mean) / x_std) for x in (x_train, x_val))
    y_train, y_val = (torch.from_numpy((y - y_mean) / y_std) for y in (y_train, y_val))
    train_set = TensorDataset(x_train, y_train)
    loader = DataLoader(train_set, batch_size=cfg["batch_size"], shuffle=True)

    model = build_model(len(table.columns), cfg["hidden"])
    optimizer = optim.AdamW(model.parameters(), **cfg["optimizer"])
    loss_fn = nn.MSELoss()
    for epoch in range(1, cfg["epochs"] + 1):
        model.train()
        losses = []
        for x, y in loader:
            loss = loss_fn(model(x), y)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        model.eval()
        with torch.inference_mode():
            val_loss = loss_fn(model(x_val), y_val).item()
        log.info("epoch %d train_mse=%.4f val_mse=%.4f val_r2=%.4f",
                 epoch, np.mean(losses), val_loss, 1 - val_loss / y_val.var(correction=0).item())


main(CONFIG)
