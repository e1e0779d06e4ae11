import torch
import torch.nn as nn
from sklearn.datasets import make_classification
from torch.utils.data import DataLoader, TensorDataset

table, outcome = make_classification(n_samples=900, n_features=30, n_informative=8, n_redundant=4, flip_y=0.15,
                                     class_sep=1.0, random_state=4)
table = torch.tensor(table, dtype=torch.float32)
outcome = torch.tensor(outcome, dtype=torch.float32)
table = (table - table[:500].mean(0)) / table[:500].std(0)

loader = DataLoader(TensorDataset(table[:500], outcome[:500]), batch_size=25, shuffle=True)
holdout = DataLoader(TensorDataset(table[500:], outcome[500:]), batch_size=200)


def accuracy(model, data):
    model.eval()
    good = seen = 0
    with torch.no_grad():
        for rows, wanted in data:
            good += ((model(rows)[:, 0] > 0) == wanted.bool()).sum().item()
            seen += len(wanted)
    return good / seen


def train(model, epochs):
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.05)
    criterion = nn.BCEWithLogitsLoss()
    for epoch in range(epochs):
        model.train()
        for rows, wanted in loader:
            optimizer.zero_grad()
            loss = criterion(model(rows)[:, 0], wanted)
            loss.backward()
            optimizer.step()
        if epoch % 3 == 2:
            print(f"epoch {epoch + 1:2d}: holdout accuracy {accuracy(model, holdout):.3f}")


torch.manual_seed(4)
train(nn.Sequential(nn.Linear(30, 48), nn.ReLU(), nn.Dropout(0.2), nn.Linear(48, 1)), epochs=12)
