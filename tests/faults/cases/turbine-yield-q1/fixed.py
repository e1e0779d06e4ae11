from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split


@dataclass
class Config:
    seed: int = 8
    rows: int = 1800
    hidden: int = 96
    batch_size: int = 32
    lr: float = 2e-3
    weight_decay: float = 3e-3
    epochs: int = 16


def build_dataset(cfg):
    rng = np.random.default_rng(cfg.seed)
    x = rng.normal(size=(cfg.rows, 12)).astype(np.float32)
    y = np.tanh(x[:, 0]) * 1.5 + 0.6 * x[:, 1] * x[:, 2] + 0.5 * np.sin(2 * x[:, 3]) + 0.4 * x[:, 4]
    y = y + rng.normal(0, 0.3, cfg.rows)
    y = (y - y.mean()) / y.std()
    return TensorDataset(torch.from_numpy(x), torch.from_numpy(y.astype(np.float32)).unsqueeze(1))


class Trainer:
    def __init__(self, cfg):
        self.cfg = cfg
        torch.manual_seed(cfg.seed)
        dataset = build_dataset(cfg)
        n_val = cfg.rows // 3
        train_set, val_set = random_split(dataset, [cfg.rows - n_val, n_val])
        self.train_loader = DataLoader(train_set, batch_size=cfg.batch_size, shuffle=True)
        self.val_loader = DataLoader(val_set, batch_size=256)
        self.model = nn.Sequential(
            nn.Linear(12, cfg.hidden), nn.GELU(),
            nn.Linear(cfg.hidden, cfg.hidden), nn.GELU(),
            nn.Linear(cfg.hidden, 1),
        )
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=cfg.lr, weight_decay=cfg.weight_decay)
        self.criterion = nn.MSELoss()

    def train_epoch(self):
        self.model.train()
        losses = []
        for x, y in self.train_loader:
            self.optimizer.zero_grad()
            loss = self.criterion(self.model(x), y)
            loss.backward()
            self.optimizer.step()
            losses.append(loss.item())
        return float(np.mean(losses))

    @torch.no_grad()
    def validate(self):
        self.model.eval()
        preds, targets = zip(*[(self.model(x), y) for x, y in self.val_loader])
        preds, targets = torch.cat(preds), torch.cat(targets)
        mse = self.criterion(preds, targets)
        return mse.item(), (1 - mse / targets.var(unbiased=False)).item()

    def fit(self):
        for epoch in range(1, self.cfg.epochs + 1):
            train_loss = self.train_epoch()
            val_loss, r2 = self.validate()
            print(f"epoch {epoch:02d} | train {train_loss:.4f} | val {val_loss:.4f} | val R2 {r2:.3f}")


if __name__ == "__main__":
    Trainer(Config()).fit()
