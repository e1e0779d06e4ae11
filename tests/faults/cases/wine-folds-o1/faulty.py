import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import load_wine
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, TensorDataset

EPOCHS = 40
FOLDS = 5
torch.manual_seed(19)

data, target = load_wine(return_X_y=True)


class WineNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(13, 16)
        self.fc2 = nn.Linear(16, 3)
        self.dropout = nn.Dropout(0.2)

    def forward(self, x):
        return self.fc2(self.dropout(torch.relu(self.fc1(x))))


def train_one_epoch(model, loader, criterion, optimizer):
    model.train()
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
    return total / len(loader.dataset)


@torch.no_grad()
def evaluate(model, x, y):
    model.eval()
    return (model(x).argmax(dim=1) == y).float().mean().item()


model = WineNet()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3, weight_decay=1e-3)

accuracies = []
kfold = StratifiedKFold(n_splits=FOLDS, shuffle=True, random_state=19)
for fold, (train_ids, test_ids) in enumerate(kfold.split(data, target)):
    scaler = StandardScaler().fit(data[train_ids])
    x = torch.tensor(scaler.transform(data), dtype=torch.float32)
    y = torch.tensor(target)
    loader = DataLoader(TensorDataset(x[train_ids], y[train_ids]), batch_size=16, shuffle=True)

    model = WineNet()
    for epoch in range(EPOCHS):
        loss = train_one_epoch(model, loader, criterion, optimizer)
    accuracy = evaluate(model, x[test_ids], y[test_ids])
    accuracies.append(accuracy)
    print(f"Fold {fold}: train loss {loss:.3f}, accuracy {accuracy:.3f}")

print(f"Average over {FOLDS} folds: {np.mean(accuracies):.3f} +- {np.std(accuracies):.3f}")
