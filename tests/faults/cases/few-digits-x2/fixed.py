import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset


class DigitClassifier:
    def __init__(self, hidden=64, lr=1e-3, epochs=40, batch_size=20):
        self.net = nn.Sequential(
            nn.Linear(64, hidden), nn.ReLU(), nn.Dropout(0.3),
            nn.Linear(hidden, 10),
        )
        self.loss = nn.CrossEntropyLoss()
        self.lr, self.epochs, self.batch_size = lr, epochs, batch_size

    def fit(self, X, y, X_val, y_val):
        self.loader = DataLoader(TensorDataset(X, y), batch_size=self.batch_size, shuffle=True)
        optimizer = torch.optim.AdamW(self.net.parameters(), lr=self.lr, weight_decay=0.05)
        val_loader = DataLoader(TensorDataset(X_val, y_val), batch_size=256)
        for epoch in range(self.epochs):
            self.net.train()
            for xb, yb in self.loader:
                optimizer.zero_grad()
                loss = self.loss(self.net(xb), yb)
                loss.backward()
                optimizer.step()
            if epoch % 5 == 4:
                print("epoch %d: validation accuracy %.3f" % (epoch + 1, self.score(val_loader)))
        return self

    @torch.no_grad()
    def score(self, loader):
        self.net.eval()
        right = total = 0
        for xb, yb in loader:
            right += (self.net(xb).argmax(1) == yb).sum().item()
            total += len(yb)
        return right / total


torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X_train, X_val, y_train, y_val = train_test_split(X, y, train_size=200, random_state=0, stratify=y)
mean, std = X_train.mean(), X_train.std()
to = lambda a: torch.tensor((a - mean) / std, dtype=torch.float32)
DigitClassifier().fit(to(X_train), torch.tensor(y_train), to(X_val), torch.tensor(y_val))
