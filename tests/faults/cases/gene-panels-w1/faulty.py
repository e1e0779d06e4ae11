from __future__ import annotations

import torch
import torch.nn as nn
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset


class Trainer:
    def __init__(self, model: nn.Module, train_loader: DataLoader, val_loader: DataLoader, lr: float = 1e-3) -> None:
        self.model = model
        self.train_loader = train_loader
        self.val_loader = val_loader
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr, weight_decay=1e-3)
        self.history: list[dict[str, float]] = []

    def run_epoch(self) -> float:
        self.model.train()
        running, count = 0.0, 0
        for inputs, labels in self.train_loader:
            self.optimizer.zero_grad()
            loss = self.criterion(self.model(inputs), labels)
            loss.backward()
            self.optimizer.step()
            running += loss.item() * labels.numel()
            count += labels.numel()
        return running / count

    @torch.no_grad()
    def validate(self) -> tuple[float, float]:
        self.model.eval()
        running, hits, count = 0.0, 0, 0
        for inputs, labels in self.train_loader:
            logits = self.model(inputs)
            running += self.criterion(logits, labels).item() * labels.numel()
            hits += (logits.argmax(dim=-1) == labels).sum().item()
            count += labels.numel()
        return running / count, hits / count

    def fit(self, epochs: int) -> None:
        for epoch in range(1, epochs + 1):
            train_loss = self.run_epoch()
            val_loss, val_acc = self.validate()
            self.history.append({"train": train_loss, "val": val_loss, "acc": val_acc})
            if epoch % 5 == 0:
                print(f"epoch {epoch:2d} | train loss {train_loss:.3f} | val loss {val_loss:.3f} | val acc {val_acc:.3f}")


def loaders(seed: int) -> tuple[DataLoader, DataLoader]:
    X, y = make_classification(n_samples=2400, n_features=60, n_informative=12, n_redundant=8, n_classes=3,
                               class_sep=1.2, flip_y=0.05, random_state=seed)
    parts = train_test_split(X, y, test_size=0.3, stratify=y, random_state=seed)
    xtr, xva, ytr, yva = parts
    xtr, xva = ((torch.tensor(v, dtype=torch.float32) - xtr.mean()) / xtr.std() for v in (xtr, xva))
    ytr, yva = torch.tensor(ytr), torch.tensor(yva)
    return (DataLoader(TensorDataset(xtr, ytr), batch_size=30, shuffle=True),
            DataLoader(TensorDataset(xva, yva), batch_size=120))


if __name__ == "__main__":
    torch.manual_seed(14)
    net = nn.Sequential(nn.Linear(60, 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 3))
    Trainer(net, *loaders(14)).fit(20)
