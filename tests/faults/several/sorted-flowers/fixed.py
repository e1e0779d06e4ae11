import torch
import torch.nn as nn
from sklearn.datasets import load_iris
from torch.utils.data import DataLoader, Subset, TensorDataset

torch.manual_seed(0)
iris = load_iris()
features = torch.tensor(iris.data, dtype=torch.float32)
species = torch.tensor(iris.target)
train_rows = [i for i in range(150) if i % 5 != 0]
test_rows = [i for i in range(150) if i % 5 == 0]
features = (features - features[train_rows].mean(0)) / features[train_rows].std(0)
dataset = TensorDataset(features, species)


class Flower(nn.Module):
    def __init__(self, hidden=20):
        super().__init__()
        self.stack = nn.Sequential(nn.Linear(4, hidden), nn.ReLU(), nn.Linear(hidden, 3))
        self.softmax = nn.Softmax(dim=1)

    def forward(self, x):
        return self.stack(x)


def run(epochs, batch_size=8):
    loader = DataLoader(Subset(dataset, train_rows), batch_size=batch_size, shuffle=True)
    model = Flower()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(1, epochs + 1):
        model.train()
        total = 0.0
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item()
        if epoch % 8 == 0:
            model.eval()
            with torch.no_grad():
                x, y = dataset[test_rows]
                accuracy = (model(x).argmax(1) == y).float().mean().item()
            print(f"epoch {epoch:2d}: loss {total / len(loader):.4f} accuracy {accuracy:.3f}")


run(40)
