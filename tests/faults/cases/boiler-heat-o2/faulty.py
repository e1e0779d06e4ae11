import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(16)


def buildings(n):
    """Outdoor temperature, wind, sun, people, hour, weekend: standardised, with the standardised heat demand."""
    x = torch.randn(n, 6)
    cold = torch.relu(0.6 - x[:, 0])
    demand = 1.2 * cold * (1 + 0.4 * x[:, 1]) - 0.5 * torch.relu(x[:, 2]) - 0.3 * x[:, 3] + 0.6 * torch.sin(1.5 * x[:, 4])
    demand = demand - 0.4 * (x[:, 5] > 0) * cold
    return x, (demand - 0.5) / 1.2 + 0.1 * torch.randn(n)


class SoftTree(nn.Module):
    """All inner nodes are oblique sigmoid splits; a leaf's weight is the product along its path."""

    def __init__(self, n_features, depth, temperature):
        super().__init__()
        self.depth = depth
        self.temperature = temperature
        self.split = nn.Linear(n_features, 2**depth - 1)
        self.leaf = nn.Parameter(0.1 * torch.randn(2**depth))

    def forward(self, x):
        right = torch.sigmoid(self.split(x) / self.temperature)
        weight = x.new_ones(len(x), 1)
        for level in range(self.depth):
            gate = right[:, 2**level - 1 : 2 ** (level + 1) - 1]
            weight = torch.stack([weight * (1 - gate), weight * gate], dim=2).flatten(1)
        return weight @ self.leaf


class SoftForest(nn.Module):
    def __init__(self, n_features, n_trees=6, depth=4, temperature=0.001):
        super().__init__()
        self.trees = nn.ModuleList(SoftTree(n_features, depth, temperature) for _ in range(n_trees))

    def forward(self, x):
        return sum(tree(x) for tree in self.trees)


train_loader = DataLoader(TensorDataset(*buildings(4000)), batch_size=64, shuffle=True)
x_val, y_val = buildings(1000)
forest = SoftForest(n_features=6)
optimizer = torch.optim.Adam(forest.parameters(), lr=1e-2)
for epoch in range(1, 21):
    forest.train()
    total = 0.0
    for x, y in train_loader:
        loss = nn.functional.mse_loss(forest(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() / len(train_loader)
    forest.eval()
    with torch.no_grad():
        val = nn.functional.mse_loss(forest(x_val), y_val).item()
    if epoch % 4 == 0:
        print(f"epoch {epoch}: train mse {total:.3f}, val mse {val:.3f}, val R2 {1 - val / y_val.var().item():.3f}")
