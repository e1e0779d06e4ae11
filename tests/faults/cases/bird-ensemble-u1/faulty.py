import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import make_classification
from torch.utils.data import DataLoader, TensorDataset


class Expert(nn.Module):
    def __init__(self, d, h, k):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(d, h), nn.ReLU(), nn.Linear(h, k))

    def forward(self, x):
        return self.net(x)


class MixtureOfExperts(nn.Module):
    """Song features -> one of 16 species; a gate weighs three experts per recording."""

    def __init__(self, d=20, h=48, k=16, n_experts=3):
        super().__init__()
        self.experts = nn.ModuleList([Expert(d, h, k) for _ in range(n_experts)])
        self.gate = nn.Linear(d, n_experts)

    def forward(self, x):
        weight = F.softmax(self.gate(x), dim=1)                          # (B, E)
        votes = torch.stack([F.softmax(e(x), dim=1) for e in self.experts], dim=1)
        return (weight.unsqueeze(2) * votes).sum(dim=1)


def epoch_pass(model, loader, optimizer=None):
    model.train(optimizer is not None)
    total, hits, n = 0.0, 0, 0
    with torch.set_grad_enabled(optimizer is not None):
        for x, y in loader:
            out = model(x)
            loss = F.cross_entropy(out, y)
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            total += loss.item() * len(y)
            hits += (out.argmax(1) == y).sum().item()
            n += len(y)
    return total / n, hits / n


torch.manual_seed(10)
X, y = make_classification(5000, 20, n_informative=12, n_redundant=2, n_classes=16, n_clusters_per_class=1,
                           class_sep=1.8, random_state=10)
X = (X - X[:4000].mean(0)) / X[:4000].std(0)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
train_loader = DataLoader(TensorDataset(X[:4000], y[:4000]), batch_size=64, shuffle=True)
test_loader = DataLoader(TensorDataset(X[4000:], y[4000:]), batch_size=500)

model = MixtureOfExperts()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
for epoch in range(8):
    tl, ta = epoch_pass(model, train_loader, optimizer)
    vl, va = epoch_pass(model, test_loader)
    print(f"{epoch + 1:2d} | train {tl:.3f} {ta:.3f} | test {vl:.3f} {va:.3f}")
