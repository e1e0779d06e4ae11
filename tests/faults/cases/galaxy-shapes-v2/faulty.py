from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

CLASSES = ["spiral", "elliptical", "irregular"]


@dataclass
class TrainConfig:
    hidden: int = 64
    lr: float = 1e-3
    batch_size: int = 4096
    max_epochs: int = 40
    seed: int = 27


def catalogue(n, seed):
    """Arm winding, bulge, concentration, asymmetry, colour, size, smoothness, inclination."""
    rng = np.random.default_rng(seed)
    f = rng.normal(size=(n, 8))
    tilt = np.sin(2.2 * f[:, 7])
    winding = f[:, 0] * tilt + 0.6 * f[:, 1] * f[:, 2]
    clumps = f[:, 3] ** 2 - 1 + 0.7 * f[:, 4] * f[:, 6]
    scores = np.stack([2.2 * winding, -1.6 * winding - 1.0 * clumps, 1.8 * clumps], axis=1)
    label = (scores + 0.15 * rng.gumbel(size=scores.shape)).argmax(axis=1)
    return torch.tensor(f, dtype=torch.float32), torch.tensor(label)


class GalaxyNet(nn.Module):
    def __init__(self, n_features, hidden, n_classes):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(n_features, hidden), nn.ReLU(),
            nn.Linear(hidden, hidden), nn.ReLU(),
            nn.Linear(hidden, n_classes),
        )

    def forward(self, x):
        return self.net(x)


class Trainer:
    def __init__(self, cfg):
        torch.manual_seed(cfg.seed)
        self.cfg = cfg
        x, y = catalogue(6000, cfg.seed)
        self.x_val, self.y_val = x[4500:], y[4500:]
        self.loader = DataLoader(TensorDataset(x[:4500], y[:4500]), batch_size=cfg.batch_size, shuffle=True)
        self.model = GalaxyNet(x.shape[1], cfg.hidden, len(CLASSES))
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=cfg.lr, weight_decay=0.05)
        self.criterion = nn.CrossEntropyLoss()

    def fit(self):
        for epoch in range(1, self.cfg.max_epochs + 1):
            self.model.train()
            seen, loss_sum = 0, 0.0
            for x, y in self.loader:
                loss = self.criterion(self.model(x), y)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                seen, loss_sum = seen + len(y), loss_sum + loss.item() * len(y)
            if epoch % 5 == 0:
                val_loss, val_acc = self.validate()
                print(f"epoch {epoch} | train loss {loss_sum / seen:.3f} | val loss {val_loss:.3f} | val acc {val_acc:.3f}")

    @torch.no_grad()
    def validate(self):
        self.model.eval()
        logits = self.model(self.x_val)
        return self.criterion(logits, self.y_val).item(), (logits.argmax(1) == self.y_val).float().mean().item()


if __name__ == "__main__":
    Trainer(TrainConfig()).fit()
