import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split


def response(x):
    return (torch.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] - 0.5 * x[:, 3] ** 2 + torch.tanh(x[:, 4] - x[:, 5])).unsqueeze(1)


class DeepRegressor(nn.Module):
    def __init__(self, n_in=6, width=32, depth=20):
        super().__init__()
        self.inp = nn.Linear(n_in, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        self.out = nn.Linear(width, 1)

    def forward(self, x):
        x = self.inp(x)
        for layer in self.hidden:
            x = layer(torch.relu(x))
        return self.out(torch.relu(x))


def run_epoch(model, loader, criterion, optimizer=None):
    model.train(optimizer is not None)
    total = 0.0
    with torch.set_grad_enabled(optimizer is not None):
        for x, y in loader:
            loss = criterion(model(x), y)
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            total += loss.item() * len(x)
    return total / len(loader.dataset)


torch.manual_seed(6)
x = torch.randn(2400, 6)
y = response(x)
y = (y - y.mean()) / y.std()
train_set, val_set = random_split(TensorDataset(x, y), [2000, 400])
train_loader = DataLoader(train_set, batch_size=40, shuffle=True)
val_loader = DataLoader(val_set, batch_size=400)

model = DeepRegressor()
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=2e-3, momentum=0.9)
for epoch in range(12):
    tr = run_epoch(model, train_loader, criterion, optimizer)
    va = run_epoch(model, val_loader, criterion)
    print(f"epoch {epoch + 1:2d} | train {tr:.4f} | val {va:.4f}")
