from dataclasses import dataclass

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class Config:
    vocab: int = 600
    collections: int = 6
    words: int = 14
    emb: int = 32
    hidden: int = 64
    dropout: float = 0.95
    lr: float = 3e-3
    weight_decay: float = 0.1
    batch_size: int = 32
    epochs: int = 10
    seed: int = 17


def labels_corpus(cfg, n, rng):
    """Zipf-like common words, and for each collection its own vocabulary that mixes with the others'."""
    common = 1.0 / np.arange(1, cfg.vocab + 1)
    own = rng.gamma(0.15, 1.0, (cfg.collections, cfg.vocab))
    probs = 0.55 * common / common.sum() + 0.45 * own / own.sum(1, keepdims=True)
    y = rng.integers(0, cfg.collections, n)
    x = np.stack([rng.choice(cfg.vocab, cfg.words, p=probs[k]) for k in y])
    return torch.tensor(x), torch.tensor(y)


class LabelClassifier(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.emb = nn.EmbeddingBag(cfg.vocab, cfg.emb, mode="mean")
        self.head = nn.Sequential(
            nn.Dropout(cfg.dropout),
            nn.Linear(cfg.emb, cfg.hidden),
            nn.ReLU(),
            nn.Dropout(cfg.dropout),
            nn.Linear(cfg.hidden, cfg.collections),
        )

    def forward(self, x):
        return self.head(self.emb(x))


class Trainer:
    def __init__(self, model, cfg, train_data, val_data):
        self.model, self.cfg = model, cfg
        self.train_loader = DataLoader(train_data, batch_size=cfg.batch_size, shuffle=True)
        self.val_loader = DataLoader(train_data, batch_size=256)
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr, weight_decay=cfg.weight_decay)

    def train_epoch(self):
        self.model.train()
        losses = []
        for x, y in self.train_loader:
            self.optimizer.zero_grad()
            loss = self.criterion(self.model(x), y)
            loss.backward()
            self.optimizer.step()
            losses.append(loss.item())
        return sum(losses) / len(losses)

    @torch.no_grad()
    def validate(self):
        self.model.eval()
        loss, hits, n = 0.0, 0, 0
        for x, y in self.val_loader:
            out = self.model(x)
            loss += self.criterion(out, y).item() * len(y)
            hits += (out.argmax(1) == y).sum().item()
            n += len(y)
        return loss / n, hits / n

    def fit(self):
        for epoch in range(self.cfg.epochs):
            train_loss = self.train_epoch()
            val_loss, val_acc = self.validate()
            print(f"[{epoch + 1}/{self.cfg.epochs}] train {train_loss:.3f} val {val_loss:.3f} val acc {val_acc:.3f}")


if __name__ == "__main__":
    cfg = Config()
    torch.manual_seed(cfg.seed)
    x, y = labels_corpus(cfg, 2400, np.random.default_rng(cfg.seed))
    train_data, val_data = TensorDataset(x[:1800], y[:1800]), TensorDataset(x[1800:], y[1800:])
    Trainer(LabelClassifier(cfg), cfg, train_data, val_data).fit()
