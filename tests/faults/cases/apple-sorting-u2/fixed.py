from typing import Dict, Tuple

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset, random_split


def make_apples(n: int = 2400) -> TensorDataset:
    g = torch.Generator().manual_seed(21)
    variety = torch.randint(6, (n,), generator=g)
    prototypes = 1.5 * torch.randn(6, 16, generator=g)
    size = torch.randn(n, generator=g)
    direction = torch.randn(16, generator=g)
    x = prototypes[variety] + size[:, None] * direction + 0.8 * torch.randn(n, 16, generator=g)
    base = torch.linspace(-1, 1, 6)
    weight = 0.9 * size + base[variety] + 0.1 * torch.randn(n, generator=g)
    return TensorDataset(x, variety, weight)


class SortingNet(nn.Module):
    def __init__(self, width: int = 64):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(16, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
        self.variety_head = nn.Linear(width, 6)
        self.weight_head = nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor]:
        h = self.trunk(x)
        return self.variety_head(h), self.weight_head(h).squeeze(1)


class MultiTaskTrainer:
    def __init__(self, model: SortingNet, lr: float = 1e-3):
        self.model = model
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr)

    def step_variety(self, x: Tensor, variety: Tensor) -> float:
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.model(x)[0], variety)
        loss.backward()
        return loss.item()

    def step_weight(self, x: Tensor, weight: Tensor) -> float:
        loss = F.mse_loss(self.model(x)[1], weight)
        loss.backward()
        return loss.item()

    def fit_epoch(self, loader: DataLoader) -> Dict[str, float]:
        self.model.train()
        sums = {"variety": 0.0, "weight": 0.0}
        for x, variety, weight in loader:
            sums["variety"] += self.step_variety(x, variety)
            sums["weight"] += self.step_weight(x, weight)
            self.optimizer.step()
        return {k: v / len(loader) for k, v in sums.items()}

    @torch.no_grad()
    def score(self, loader: DataLoader) -> Tuple[float, float]:
        self.model.eval()
        hits, sq, n = 0, 0.0, 0
        for x, variety, weight in loader:
            logits, w = self.model(x)
            hits += (logits.argmax(1) == variety).sum().item()
            sq += F.mse_loss(w, weight, reduction="sum").item()
            n += len(x)
        return hits / n, (sq / n) ** 0.5


if __name__ == "__main__":
    torch.manual_seed(21)
    train, val = random_split(make_apples(), [2000, 400])
    trainer = MultiTaskTrainer(SortingNet())
    train_loader, val_loader = DataLoader(train, 40, shuffle=True), DataLoader(val, 400)
    for epoch in range(1, 16):
        losses = trainer.fit_epoch(train_loader)
        acc, rmse = trainer.score(val_loader)
        print(f"{epoch:3d} | " + " ".join(f"{k} {v:.3f}" for k, v in losses.items()) + f" | val variety acc {acc:.3f} val weight rmse {rmse:.3f}")
