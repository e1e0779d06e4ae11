import torch
import torch.nn as nn
from sklearn.datasets import make_friedman1
from sklearn.model_selection import train_test_split


class GlazeModel(nn.Module):
    """Predicts the gloss of a glaze from ten recipe and firing numbers."""

    def __init__(self, in_dim=10, widths=(64, 64, 32)):
        super().__init__()
        self.act = nn.SiLU()
        self.blocks = nn.ModuleList()
        for w in widths:
            self.blocks.append(nn.Sequential(nn.Linear(in_dim, w), nn.BatchNorm1d(w)))
            in_dim = w
        self.final = nn.Linear(in_dim, 1)

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.final(x).squeeze(-1)


class Regressor:
    def __init__(self, lr=5e-3, epochs=30, batch_size=64):
        self.lr, self.epochs, self.batch_size = lr, epochs, batch_size

    def fit(self, X, y):
        torch.manual_seed(12)
        self.x_mean, self.x_std = X.mean(0), X.std(0)
        self.y_mean, self.y_std = y.mean(), y.std()
        X = (X - self.x_mean) / self.x_std
        y = (y - self.y_mean) / self.y_std
        self.model = GlazeModel(X.shape[1])
        opt = torch.optim.Adam(self.model.parameters(), lr=self.lr)
        sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=self.epochs)
        for epoch in range(self.epochs):
            self.model.train()
            total = 0.0
            for i in torch.randperm(len(X)).split(self.batch_size):
                opt.zero_grad()
                loss = nn.functional.mse_loss(self.model(X[i]), y[i])
                loss.backward()
                opt.step()
                total += loss.item() * len(i)
            sched.step()
            if epoch % 6 == 5:
                print(f"epoch {epoch + 1}/{self.epochs} mse {total / len(X):.4f}")
        return self

    @torch.no_grad()
    def score(self, X, y):
        self.model.eval()
        pred = self.model((X - self.x_mean) / self.x_std) * self.y_std + self.y_mean
        return (1 - ((pred - y) ** 2).sum() / ((y - y.mean()) ** 2).sum()).item()


X, y = make_friedman1(n_samples=2560, n_features=10, noise=0.5, random_state=12)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=512, random_state=12)
reg = Regressor().fit(X_train, y_train)
print(f"R2 train {reg.score(X_train, y_train):.3f} test {reg.score(X_test, y_test):.3f}")
