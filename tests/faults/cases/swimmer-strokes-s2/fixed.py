from dataclasses import dataclass

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class Config:
    channels: int = 3
    steps: int = 40
    hidden: int = 32
    strokes: int = 4
    batch_size: int = 64
    epochs: int = 12
    lr: float = 4e-3
    seed: int = 17


def record(n, cfg, rng):
    """Every stroke moves the wrist round another way: sense of rotation and double or single pull."""
    stroke = rng.integers(0, cfg.strokes, n)
    t = np.arange(cfg.steps)[None, :] / cfg.steps
    phase = rng.uniform(0, 2 * np.pi, (n, 1)) + 2 * np.pi * rng.uniform(1.6, 2.4, (n, 1)) * t
    sense = np.where(stroke % 2 == 0, 1.0, -1.0)[:, None]
    pull = np.where(stroke < 2, 1, 2)[:, None]
    signal = np.stack([np.cos(phase), sense * np.sin(phase), np.cos(pull * phase + 0.7)], axis=2)
    signal = signal + rng.normal(0, 0.25, signal.shape)
    return TensorDataset(torch.tensor(signal / 0.75, dtype=torch.float32), torch.tensor(stroke))


class StrokeClassifier(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.gru = nn.GRU(input_size=cfg.channels, hidden_size=cfg.hidden, batch_first=True)
        self.head = nn.Linear(cfg.hidden, cfg.strokes)

    def forward(self, x):
        out, _ = self.gru(x)
        return self.head(out[:, -1])


class Trainer:
    def __init__(self, cfg):
        self.cfg = cfg
        rng = np.random.default_rng(cfg.seed)
        self.train_loader = DataLoader(record(2000, cfg, rng), cfg.batch_size, shuffle=True, drop_last=True)
        self.val_loader = DataLoader(record(512, cfg, rng), cfg.batch_size)
        self.model = StrokeClassifier(cfg)
        self.loss = nn.CrossEntropyLoss()
        self.optim = torch.optim.Adam(self.model.parameters(), lr=cfg.lr)

    def train_epoch(self):
        self.model.train()
        losses = []
        for x, y in self.train_loader:
            self.optim.zero_grad()
            loss = self.loss(self.model(x), y)
            loss.backward()
            self.optim.step()
            losses.append(loss.item())
        return sum(losses) / len(losses)

    @torch.no_grad()
    def validate(self):
        self.model.eval()
        hits = sum((self.model(x).argmax(1) == y).sum().item() for x, y in self.val_loader)
        return hits / len(self.val_loader.dataset)

    def fit(self):
        for epoch in range(self.cfg.epochs):
            loss = self.train_epoch()
            print(f"[{epoch + 1:02d}/{self.cfg.epochs}] loss={loss:.4f} val_acc={self.validate():.4f}")


if __name__ == "__main__":
    config = Config()
    torch.manual_seed(config.seed)
    Trainer(config).fit()
