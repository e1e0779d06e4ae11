from dataclasses import dataclass

import numpy as np
import torch
from sklearn.metrics import balanced_accuracy_score, recall_score
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class Config:
    n_train: int = 24000
    n_val: int = 12000
    hidden: int = 16
    epochs: int = 8
    batch_size: int = 200
    lr: float = 2e-3
    seed: int = 11


def catalogue(n, rng):
    """Eight standardized orbital figures per asteroid and whether it is hazardous."""
    hazardous = rng.random(n) < 0.008
    x = rng.normal(size=(n, 8))
    shift = np.array([-1.6, 1.2, 0.9, -0.7, 0.5, 0.0, 0.0, 0.0])
    x[hazardous] += shift
    return torch.tensor(x, dtype=torch.float32), torch.tensor(hazardous, dtype=torch.float32)


class HazardModel(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(8, hidden), nn.ReLU(), nn.Linear(hidden, 1))

    def forward(self, x):
        return self.body(x).squeeze(1)


def evaluate(model, x, y, loss_fn):
    model.eval()
    with torch.no_grad():
        logits = model(x)
    flagged = (logits > 0).numpy()
    truth = y.numpy() > 0.5
    return (loss_fn(logits, y).item(), (flagged == truth).mean(), recall_score(truth, flagged, zero_division=0),
            balanced_accuracy_score(truth, flagged))


def main(cfg):
    torch.manual_seed(cfg.seed)
    rng = np.random.default_rng(cfg.seed)
    x_train, y_train = catalogue(cfg.n_train, rng)
    x_val, y_val = catalogue(cfg.n_val, rng)
    loader = DataLoader(TensorDataset(x_train, y_train), batch_size=cfg.batch_size, shuffle=True)

    model = HazardModel(cfg.hidden)
    loss_fn = nn.BCEWithLogitsLoss(pos_weight=(1 - y_train).sum() / y_train.sum())
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr)

    for epoch in range(1, cfg.epochs + 1):
        model.train()
        total = 0.0
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item()
        val_loss, accuracy, recall, balanced = evaluate(model, x_val, y_val, loss_fn)
        print(f"epoch {epoch} train {total / len(loader):.4f} val {val_loss:.4f} accuracy {accuracy:.3f} "
              f"recall {recall:.3f} balanced accuracy {balanced:.3f}")


if __name__ == "__main__":
    main(Config())
