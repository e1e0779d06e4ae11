from typing import List

import torch
from sklearn.datasets import make_blobs
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset


class ShellNet(nn.Module):
    """Multilayer perceptron for shell measurements.

    Args:
        n_features: measurements per shell.
        n_species: number of species.
        width: units per hidden layer.
        depth: number of Linear layers.
    """

    def __init__(self, n_features: int, n_species: int, width: int = 48, depth: int = 8) -> None:
        super().__init__()
        layers: List[nn.Module] = []
        size = n_features
        for _ in range(depth - 1):
            layers += [nn.Linear(size, width), nn.ReLU()]
            size = width
        layers.append(nn.Linear(size, n_species))
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


def measurements(seed: int) -> "tuple[Tensor, Tensor]":
    """Species nest in several places, so each is a mixture of clusters."""
    x, cluster = make_blobs(n_samples=5600, centers=21, n_features=12, cluster_std=2.1, center_box=(-5, 5), random_state=seed)
    return torch.tensor(x, dtype=torch.float32), torch.tensor(cluster % 7)


@torch.no_grad()
def accuracy(net: nn.Module, loader: DataLoader) -> float:
    net.eval()
    hits = sum((net(x).argmax(1) == y).sum().item() for x, y in loader)
    return hits / len(loader.dataset)


def fit(net: nn.Module, train: DataLoader, test: DataLoader, epochs: int = 12) -> None:
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    for epoch in range(epochs):
        net.train()
        running = 0.0
        for x, y in train:
            optimizer.zero_grad()
            loss = criterion(net(x), y)
            loss.backward()
            optimizer.step()
            running += loss.item()
        print(f"epoch {epoch:2d} | loss {running / len(train):.4f} | test accuracy {accuracy(net, test):.4f}")


if __name__ == "__main__":
    torch.manual_seed(8)
    x, y = measurements(8)
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2, random_state=8)
    mean, std = x_train.mean(0), x_train.std(0)
    train_loader = DataLoader(TensorDataset((x_train - mean) / std, y_train), batch_size=64, shuffle=True)
    test_loader = DataLoader(TensorDataset((x_test - mean) / std, y_test), batch_size=256)
    fit(ShellNet(12, 7), train_loader, test_loader)
