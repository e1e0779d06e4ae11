import torch
from sklearn.datasets import make_friedman3
from sklearn.preprocessing import StandardScaler
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset


def make_loaders(seed=0):
    X, y = make_friedman3(n_samples=2400, noise=0.05, random_state=seed)
    X = torch.tensor(StandardScaler().fit(X[:1800]).transform(X), dtype=torch.float32)
    y = torch.tensor((y - y[:1800].mean()) / y[:1800].std(), dtype=torch.float32)
    return (DataLoader(TensorDataset(X[:1800], y[:1800]), batch_size=45, shuffle=True),
            DataLoader(TensorDataset(X[1800:], y[1800:]), batch_size=300))


class TrainModel:
    def __init__(self, model, lr, train_loader, val_loader):
        self.model, self.train_loader, self.val_loader = model, train_loader, val_loader
        self.criterion = nn.MSELoss()
        self.optimizer = optim.SGD(model.parameters(), lr=lr, momentum=0.9, nesterov=True)
        self.scheduler = optim.lr_scheduler.ReduceLROnPlateau(self.optimizer, "max", factor=0.1, patience=2)

    def _train(self):
        self.model.train()
        losses = []
        for inputs, targets in self.train_loader:
            predictions = self.model(inputs).squeeze(1)
            loss = self.criterion(predictions, targets)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            losses.append(loss.item())
        return sum(losses) / len(losses)

    def _validate(self):
        self.model.eval()
        with torch.no_grad():
            losses = [self.criterion(self.model(x).squeeze(1), t).item() for x, t in self.val_loader]
        return sum(losses) / len(losses)

    def train_and_validate(self, epochs):
        for epoch in range(1, epochs + 1):
            train_loss = self._train()
            val_loss = self._validate()
            self.scheduler.step(val_loss)
            if epoch % 5 == 0:
                lr = self.optimizer.param_groups[0]["lr"]
                print(f"epoch {epoch}\ttrain {train_loss:.4f}\tval {val_loss:.4f}\tlr {lr:.2e}")


torch.manual_seed(0)
network = nn.Sequential(nn.Linear(4, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 1))
TrainModel(network, 0.005, *make_loaders()).train_and_validate(30)
