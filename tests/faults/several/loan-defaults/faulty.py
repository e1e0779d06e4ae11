import torch
import torch.nn as nn
from sklearn.datasets import make_classification
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, TensorDataset


class DefaultModel(nn.Module):
    def __init__(self, n_features):
        super().__init__()
        self.fc1 = nn.Linear(n_features, 96)
        self.fc2 = nn.Linear(96, 48)
        self.fc3 = nn.Linear(48, 1)
        self.drop = nn.Dropout(0.4)

    def forward(self, x):
        x = self.drop(torch.relu(self.fc1(x)))
        x = self.drop(torch.relu(self.fc2(x)))
        return torch.sigmoid(self.fc3(x))


class Run:
    def __init__(self, train_loader, val_loader):
        self.train_loader, self.val_loader = train_loader, val_loader
        self.model = DefaultModel(18)
        self.criterion = nn.BCEWithLogitsLoss()
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-3)

    def train_epoch(self):
        self.model.train()
        total = 0.0
        for x, y in self.train_loader:
            self.optimizer.zero_grad()
            loss = self.criterion(self.model(x), y)
            loss.backward()
            self.optimizer.step()
            total += loss.item()
        return total / len(self.train_loader)

    def validate(self):
        total, right, seen = 0.0, 0, 0
        with torch.no_grad():
            for x, y in self.val_loader:
                out = self.model(x)
                total += self.criterion(out, y).item()
                right += ((out > 0.5) == (y > 0.5)).sum().item()
                seen += len(y)
        return total / len(self.val_loader), right / seen


torch.manual_seed(8)
X, y = make_classification(4000, 18, n_informative=10, n_clusters_per_class=2, class_sep=1.2, flip_y=0.02, random_state=8)
scaler = StandardScaler().fit(X[:3000])
X = torch.tensor(scaler.transform(X), dtype=torch.float32)
y = torch.tensor(y, dtype=torch.float32).unsqueeze(1)
run = Run(DataLoader(TensorDataset(X[:3000], y[:3000]), 50, shuffle=True), DataLoader(TensorDataset(X[3000:], y[3000:]), 250))
for epoch in range(1, 13):
    train_loss = run.train_epoch()
    val_loss, val_acc = run.validate()
    print(f"epoch {epoch:2d} train {train_loss:.4f} val {val_loss:.4f} acc {val_acc:.3f}")
