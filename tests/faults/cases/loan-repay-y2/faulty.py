import torch
from sklearn.datasets import make_classification
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class LoanTrainer:
    def __init__(self, net: nn.Module, loader: DataLoader, lr: float = 1e-3):
        self.net = net
        self.loader = loader
        self.opt = torch.optim.AdamW(net.parameters(), lr=lr, weight_decay=0.05)
        self.bce = nn.BCEWithLogitsLoss()

    def train_epoch(self) -> float:
        self.net.train()
        total = 0.0
        for x, y in self.loader:
            loss = self.bce(self.net(x).squeeze(1), y)
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()
            total += loss.item() * len(y)
        return total / len(self.loader.dataset)

    @torch.no_grad()
    def evaluate(self, loader: DataLoader) -> float:
        self.net.eval()
        right = n = 0
        for x, y in self.loader:
            right += ((self.net(x).squeeze(1) > 0) == y.bool()).sum().item()
            n += len(y)
        return right / n


torch.manual_seed(27)
X, y = make_classification(n_samples=1300, n_features=40, n_informative=8, n_redundant=0, n_clusters_per_class=2,
                           class_sep=0.9, flip_y=0.12, random_state=27)
cut = 500
scaler = StandardScaler().fit(X[:cut])
X = torch.tensor(scaler.transform(X), dtype=torch.float32)
y = torch.tensor(y, dtype=torch.float32)
train_loader = DataLoader(TensorDataset(X[:cut], y[:cut]), batch_size=25, shuffle=True)
val_loader = DataLoader(TensorDataset(X[cut:], y[cut:]), batch_size=200)

net = nn.Sequential(nn.Linear(40, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 1))
trainer = LoanTrainer(net, train_loader)
for epoch in range(1, 26):
    loss = trainer.train_epoch()
    if epoch % 5 == 0:
        print(f"epoch {epoch:2d} train loss {loss:.4f} validation accuracy {trainer.evaluate(val_loader):.4f}")
