import torch
from sklearn.datasets import make_blobs
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Trainer:
    def __init__(self, model, loaders, lr):
        self.model = model
        self.loaders = loaders
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        self.criterion = nn.CrossEntropyLoss()

    def step(self, bands, state):
        loss = self.criterion(self.model(bands), state)
        loss.backward()
        self.optimizer.zero_grad()
        self.optimizer.step()
        return loss.item()

    def accuracy(self):
        self.model.eval()
        right = 0
        with torch.no_grad():
            for bands, state in self.loaders["val"]:
                right += (self.model(bands).argmax(dim=1) == state).sum().item()
        return right / len(self.loaders["val"])

    def fit(self, epochs):
        for epoch in range(epochs):
            self.model.train()
            losses = [self.step(bands, state) for bands, state in self.loaders["train"]]
            print(f"epoch {epoch + 1} loss {sum(losses) / len(losses):.4f} val accuracy {self.accuracy():.3f}")


torch.manual_seed(3)
x, y = make_blobs(2000, n_features=10, centers=9, cluster_std=2.6, random_state=3)
x, y = torch.tensor(x, dtype=torch.float32), torch.tensor(y % 3)
x = (x - x[:1500].mean(0)) / x[:1500].std(0)
loaders = {
    "train": DataLoader(TensorDataset(x[:1500], y[:1500]), batch_size=30, shuffle=True),
    "val": DataLoader(TensorDataset(x[1500:], y[1500:]), batch_size=50),
}
Trainer(nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 3)), loaders, lr=3e-3).fit(10)
