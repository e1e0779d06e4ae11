from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class Config:
    seed: int = 11
    windows: int = 9000
    length: int = 48
    batch_size: int = 128
    epochs: int = 8
    lr: float = 1e-3


def record(cfg, gen):
    """Windows of background activity; now and then one with a burst of spike-and-wave activity."""
    n, t = cfg.windows, torch.arange(cfg.length) / cfg.length
    x = torch.randn(n, 2, cfg.length, generator=gen)
    seizure = (torch.rand(n, generator=gen) < 0.015).float()
    phase = 6.28 * torch.rand(n, 1, 1, generator=gen)
    size = 0.75 + 0.1 * torch.randn(n, 1, 1, generator=gen)
    burst = size * torch.sin(6.28 * 3 * t + phase) * torch.tensor([1.0, 0.7]).view(1, 2, 1)
    return x + burst * seizure.view(-1, 1, 1), seizure


class SpikeNet(nn.Module):
    def __init__(self, width=12):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv1d(2, width, 15, padding=7),
            nn.ReLU(),
            nn.MaxPool1d(2),
            nn.Conv1d(width, width, 7, padding=3),
            nn.ReLU(),
            nn.AdaptiveAvgPool1d(1),
        )
        self.head = nn.Linear(width, 1)

    def forward(self, x):
        return self.head(self.features(x).flatten(1)).squeeze(1)


def evaluate(model, loader):
    model.eval()
    found = alarms = seizures = quiet = 0
    with torch.no_grad():
        for x, y in loader:
            flagged = model(x) > 0
            found += (flagged & (y == 1)).sum().item()
            alarms += (flagged & (y == 0)).sum().item()
            seizures += (y == 1).sum().item()
            quiet += (y == 0).sum().item()
    recall, specificity = found / seizures, 1 - alarms / quiet
    return recall, specificity


def main(cfg=Config()):
    torch.manual_seed(cfg.seed)
    gen = torch.Generator().manual_seed(cfg.seed)
    x_train, y_train = record(cfg, gen)
    x_val, y_val = record(cfg, gen)
    train_loader = DataLoader(TensorDataset(x_train, y_train), batch_size=cfg.batch_size, shuffle=True)
    val_loader = DataLoader(TensorDataset(x_val, y_val), batch_size=1000)

    model = SpikeNet()
    criterion = nn.BCEWithLogitsLoss(pos_weight=(y_train == 0).sum() / (y_train == 1).sum())
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr)
    for epoch in range(1, cfg.epochs + 1):
        model.train()
        total = 0.0
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
        recall, specificity = evaluate(model, val_loader)
        print(f"epoch {epoch}: loss {total / len(y_train):.4f}  recall {recall:.3f}  specificity {specificity:.3f}  "
              f"balanced accuracy {(recall + specificity) / 2:.3f}")


if __name__ == "__main__":
    main()
