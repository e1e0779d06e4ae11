import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def diagnostics(n):
    x = torch.randn(n, 16)
    locked = (x[:, 0] * x[:, 1] + x[:, 2]).tanh() + 0.6 * x[:, 3] * x[:, 4].sign()
    density = (x[:, 5] ** 2 + x[:, 6] ** 2 - 2) * 0.5 + 0.4 * x[:, 7]
    disrupted = locked + density + 0.15 * torch.randn(n) > 0
    return x, disrupted.float()


def block(n_in, n_out):
    return nn.Sequential(nn.Linear(n_in, n_out, bias=False), nn.BatchNorm1d(n_out), nn.ReLU())


class DisruptionNet(nn.Module):
    def __init__(self, width=48, depth=10):
        super().__init__()
        self.body = nn.Sequential(block(16, width), *[block(width, width) for _ in range(depth - 1)])
        self.head = nn.Linear(width, 1)

    def forward(self, x):
        return self.head(self.body(x)).squeeze(1)


class Trainer:
    def __init__(self, model, train_loader, val_loader, lr=0.05):
        self.model = model
        self.train_loader = train_loader
        self.val_loader = val_loader
        self.criterion = nn.BCEWithLogitsLoss()
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9, weight_decay=1e-4)

    def validate(self):
        self.model.eval()
        loss = hits = count = 0
        with torch.no_grad():
            for x, y in self.val_loader:
                out = self.model(x)
                loss += self.criterion(out, y).item() * len(y)
                hits += ((out > 0) == y.bool()).sum().item()
                count += len(y)
        return loss / count, hits / count

    def train_epoch(self):
        self.model.train()
        total = 0.0
        for x, y in self.train_loader:
            loss = self.criterion(self.model(x), y)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            total += loss.item()
        return total / len(self.train_loader)

    def fit(self, epochs):
        loss, acc = self.validate()
        print(f"before training: val loss {loss:.3f} val acc {acc:.3f}")
        for epoch in range(1, epochs + 1):
            train_loss = self.train_epoch()
            loss, acc = self.validate()
            print(f"epoch {epoch}: train loss {train_loss:.3f} val loss {loss:.3f} val acc {acc:.3f}")


torch.manual_seed(22)
train_loader = DataLoader(TensorDataset(*diagnostics(6000)), batch_size=64, shuffle=True)
val_loader = DataLoader(TensorDataset(*diagnostics(1000)), batch_size=500)
Trainer(DisruptionNet(), train_loader, val_loader).fit(epochs=10)
