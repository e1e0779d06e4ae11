import torch
from sklearn.datasets import make_classification
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler

torch.manual_seed(27)
X, y = make_classification(5000, 10, n_informative=6, n_redundant=0, n_classes=3, n_clusters_per_class=1,
                           weights=[0.9, 0.07, 0.03], class_sep=1.8, flip_y=0, random_state=27)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
X = (X - X[:4000].mean(0)) / X[:4000].std(0)
frequency = torch.bincount(y[:4000]).float()
sampler = WeightedRandomSampler((1 / frequency)[y[:4000]], num_samples=4000, replacement=True)
loader = DataLoader(TensorDataset(X[:4000], y[:4000]), batch_size=50, sampler=sampler)

net = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 3))
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, weight_decay=1e-4)
for epoch in range(1, 9):
    net.train()
    for xb, yb in loader:
        loss = nn.functional.cross_entropy(net(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        pred = net(X[4000:]).argmax(1)
    recall = [(pred[y[4000:] == k] == k).float().mean().item() for k in range(3)]
    print(f"epoch {epoch}: loss {loss.item():.3f} recall by class {recall[0]:.3f} {recall[1]:.3f} {recall[2]:.3f}")
