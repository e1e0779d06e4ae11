import copy
from dataclasses import dataclass, field

import torch
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class EarlyStopping:
    patience: int = 4
    best: float = float("inf")
    waited: int = 0
    weights: dict = field(default_factory=dict)

    def __call__(self, value, model):
        if value < self.best - 1e-4:
            self.best, self.waited, self.weights = value, 0, copy.deepcopy(model.state_dict())
        else:
            self.waited += 1
        return self.waited >= self.patience


class Trainer:
    def __init__(self, model, optimizer, criterion, callback):
        self.model, self.optimizer, self.criterion, self.callback = model, optimizer, criterion, callback

    def _pass(self, loader, train):
        self.model.train(train)
        total, hits, seen = 0.0, 0, 0
        with torch.set_grad_enabled(train):
            for x, y in loader:
                out = self.model(x)
                loss = self.criterion(out, y)
                if train:
                    self.optimizer.zero_grad()
                    loss.backward()
                    self.optimizer.step()
                total += loss.item() * len(y)
                hits += (out.argmax(1) == y).sum().item()
                seen += len(y)
        return total / seen, hits / seen

    def fit(self, train_loader, val_loader, epochs):
        for epoch in range(1, epochs + 1):
            train_loss, _ = self._pass(train_loader, True)
            val_loss, val_acc = self._pass(val_loader, False)
            if epoch % 4 == 0:
                print(f"epoch {epoch}: train {train_loss:.4f} val {val_loss:.4f} acc {val_acc:.3f}")
            if self.callback(val_loss, self.model):
                break
        self.model.load_state_dict(self.callback.weights)
        return epoch


torch.manual_seed(9)
X, y = load_breast_cancer(return_X_y=True)
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.3, stratify=y, random_state=9)
mean, std = X_train.mean(0), X_train.std(0)


def loader(a, b, **kw):
    return DataLoader(TensorDataset(torch.tensor((a - mean) / std, dtype=torch.float32), torch.tensor(b)), batch_size=32, **kw)


model = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 2))
trainer = Trainer(model, torch.optim.AdamW(model.parameters(), lr=5e-3, weight_decay=0.05), nn.CrossEntropyLoss(), EarlyStopping())
epochs_run = trainer.fit(loader(X_train, y_train, shuffle=True), loader(X_val, y_val), 40)
print(f"done after {epochs_run} epochs, best validation loss {trainer.callback.best:.4f}, restored: {trainer._pass(loader(X_val, y_val), False)[1]:.3f}")
