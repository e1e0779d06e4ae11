import resource

import torch
import torch.nn as nn

SIDE = 24


def tiles(n, seed):
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(n, 1, SIDE, SIDE, generator=g)
    y = torch.randint(0, 2, (n,), generator=g).float()
    for i in torch.nonzero(y).flatten().tolist():
        row, col, length = torch.randint(2, 12, (3,), generator=g).tolist()
        line = torch.arange(length)
        x[i, 0, row + line, col + line] += 2.2
    return x, y


class Inspector(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 5, padding=2), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(),
            nn.AdaptiveMaxPool2d(2),
        )
        self.classifier = nn.Linear(128, 1)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1)).squeeze(1)


class Trainer:
    def __init__(self):
        self.model = Inspector()
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=2e-3)
        self.loss = nn.BCEWithLogitsLoss()
        self.train_data = tiles(1200, 0)
        self.val_data = tiles(2500, 1)

    def train_epoch(self):
        self.model.train()
        x, y = self.train_data
        for idx in torch.randperm(len(y)).split(40):
            self.optimizer.zero_grad()
            self.loss(self.model(x[idx]), y[idx]).backward()
            self.optimizer.step()

    def validate(self):
        self.model.eval()
        x, y = self.val_data
        out = self.model(x)
        return self.loss(out, y).item(), ((out > 0) == (y > 0.5)).float().mean().item()

    def fit(self, epochs):
        for epoch in range(1, epochs + 1):
            self.train_epoch()
            loss, acc = self.validate()
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"epoch {epoch} val loss {loss:.3f} acc {acc:.3f} peak memory {peak:.0f} MB")


torch.manual_seed(9)
Trainer().fit(6)
