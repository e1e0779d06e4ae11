import numpy as np
import torch
from sklearn.datasets import load_wine
from sklearn.model_selection import StratifiedShuffleSplit


class SoftmaxRegression(torch.nn.Module):
    def __init__(self, n_features, n_classes, l2=1e-2):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.randn(n_features, n_classes) * 0.01)
        self.bias = torch.nn.Parameter(torch.zeros(n_classes))
        self.l2 = l2

    def forward(self, x):
        return x @ self.weight + self.bias

    def objective(self, x, y):
        return torch.nn.functional.cross_entropy(self(x), y) + self.l2 * self.weight.square().sum()


def fit(model, x, y, iterations=20):
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.5, max_iter=4, history_size=10)

    def closure():
        optimizer.zero_grad()
        loss = model.objective(x, y)
        return loss

    model.train()
    for i in range(iterations):
        loss = optimizer.step(closure)
        if i % 5 == 4:
            print(f"  iteration {i + 1}: objective {loss.item():.5f}")
    return model


@torch.no_grad()
def score(model, x, y):
    model.eval()
    return (model(x).argmax(dim=1) == y).float().mean().item()


torch.manual_seed(0)
data, target = load_wine(return_X_y=True)
results = []
for train_idx, test_idx in StratifiedShuffleSplit(3, test_size=0.3, random_state=0).split(data, target):
    mean, std = data[train_idx].mean(0), data[train_idx].std(0)
    x = torch.from_numpy(((data - mean) / std).astype(np.float32))
    y = torch.from_numpy(target)
    model = fit(SoftmaxRegression(x.shape[1], 3), x[train_idx], y[train_idx])
    results.append(score(model, x[test_idx], y[test_idx]))
    print(f"split {len(results)}: test accuracy {results[-1]:.3f}")
print(f"mean test accuracy {np.mean(results):.3f}")
