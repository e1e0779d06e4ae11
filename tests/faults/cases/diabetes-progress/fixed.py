import torch
import torch.nn as nn
from sklearn.datasets import load_diabetes
from torch.utils.data import DataLoader, Dataset, Subset


class Diabetes(Dataset):
    def __init__(self):
        data = load_diabetes()
        self.x = torch.tensor(data.data, dtype=torch.float32) / 0.0476
        y = torch.tensor(data.target, dtype=torch.float32)
        self.y = (y - 152) / 77

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


class Regressor(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin1 = nn.Linear(10, 16)
        self.lin2 = nn.Linear(16, 1)
        self.act = nn.Tanh()

    def forward(self, x):
        return self.lin2(self.act(self.lin1(x))).squeeze(-1)


def huber(prediction, target, delta=1.0):
    error = (prediction - target).abs()
    return torch.where(error < delta, 0.5 * error ** 2, delta * (error - 0.5 * delta)).mean()


class Trainer:
    def __init__(self, model, dataset):
        order = torch.randperm(len(dataset)).tolist()
        self.train = DataLoader(Subset(dataset, order[:350]), batch_size=25, shuffle=True)
        self.val = Subset(dataset, order[350:])
        self.model = model
        self.optimizer = torch.optim.Adagrad(model.parameters(), lr=0.03, weight_decay=1e-3)

    def fit(self, epochs):
        for epoch in range(1, epochs + 1):
            self.model.train()
            total = 0.0
            for x, y in self.train:
                self.optimizer.zero_grad()
                loss = huber(self.model(x), y)
                loss.backward()
                self.optimizer.step()
                total += loss.item()
            if epoch % 5 == 0:
                print(f"epoch {epoch} huber {total / len(self.train):.4f} {self.report()}")

    @torch.no_grad()
    def report(self):
        self.model.eval()
        x = torch.stack([x for x, _ in self.val])
        y = torch.stack([y for _, y in self.val]).flatten()
        guess = self.model(x)
        r2 = 1 - ((guess - y) ** 2).sum() / ((y - y.mean()) ** 2).sum()
        return f"validation R2 {r2.item():.3f}"


torch.manual_seed(41)
Trainer(Regressor(), Diabetes()).fit(30)
