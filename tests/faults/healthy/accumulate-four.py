import torch
from sklearn.datasets import make_moons
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X, y = make_moons(2400, noise=0.15, random_state=0)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
mean, std = X[:1920].mean(0), X[:1920].std(0)
X = (X - mean) / std
loader = DataLoader(TensorDataset(X[:1920], y[:1920]), batch_size=16, shuffle=True)

model = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
loss_fn = nn.BCEWithLogitsLoss()
accum_iter = 4

for epoch in range(12):
    model.train()
    running = 0.0
    for batch_idx, (inputs, labels) in enumerate(loader):
        preds = model(inputs).squeeze(1)
        loss = loss_fn(preds, labels)
        running += loss.item()
        loss = loss / accum_iter
        loss.backward()
        if ((batch_idx + 1) % accum_iter == 0) or (batch_idx + 1 == len(loader)):
            optimizer.step()
            optimizer.zero_grad()
    model.eval()
    with torch.no_grad():
        out = model(X[1920:]).squeeze(1)
        val = loss_fn(out, y[1920:]).item()
        acc = ((out > 0) == (y[1920:] > 0.5)).float().mean().item()
    print(f"epoch {epoch + 1}: loss {running / len(loader):.4f} val loss {val:.4f} val acc {acc:.3f}")
