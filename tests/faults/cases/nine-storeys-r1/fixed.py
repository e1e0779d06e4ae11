from dataclasses import dataclass

import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset

ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}


@dataclass
class NetConfig:
    n_in: int = 64
    n_out: int = 10
    width: int = 64
    depth: int = 8
    activation: str = "relu"


@dataclass
class TrainConfig:
    lr: float = 1e-3
    weight_decay: float = 1e-2
    batch_size: int = 32
    epochs: int = 18
    seed: int = 7


def make_net(cfg):
    layers, width = [], cfg.n_in
    for _ in range(cfg.depth):
        layers.append(nn.Linear(width, cfg.width))
        layers.append(ACTIVATIONS[cfg.activation]())
        width = cfg.width
    layers.append(nn.Linear(width, cfg.n_out))
    return nn.Sequential(*layers)


def make_data(cfg):
    X, y = load_digits(return_X_y=True)
    X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.25, stratify=y, random_state=cfg.seed)
    mean, std = X_train.mean(), X_train.std()
    to_set = lambda X, y: TensorDataset(torch.tensor((X - mean) / std, dtype=torch.float32), torch.tensor(y))
    return to_set(X_train, y_train), to_set(X_val, y_val)


def run(net_cfg, cfg):
    torch.manual_seed(cfg.seed)
    train_set, val_set = make_data(cfg)
    train_loader = DataLoader(train_set, cfg.batch_size, shuffle=True)
    X_val, y_val = val_set.tensors
    net = make_net(net_cfg)
    print(f"{sum(p.numel() for p in net.parameters())} parameters in {net_cfg.depth + 1} layers")
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(net.parameters(), lr=cfg.lr, weight_decay=cfg.weight_decay)
    for epoch in range(1, cfg.epochs + 1):
        net.train()
        running = 0.0
        for x, y in train_loader:
            loss = criterion(net(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            running += loss.item()
        net.eval()
        with torch.no_grad():
            logits = net(X_val)
            val_loss = criterion(logits, y_val).item()
            acc = (logits.argmax(1) == y_val).float().mean().item()
        print(f"epoch {epoch:2d}  train {running / len(train_loader):.3f}  val {val_loss:.3f}  acc {acc:.3f}")


if __name__ == "__main__":
    run(NetConfig(), TrainConfig())
