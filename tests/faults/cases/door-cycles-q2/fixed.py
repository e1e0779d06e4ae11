import numpy as np
import torch
from torch import nn
from sklearn.metrics import balanced_accuracy_score, recall_score
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(21)
rng = np.random.default_rng(21)


def record_cycles(n):
    """Motor current of one opening; doors about to jam draw slightly more and more towards the end."""
    jam = (rng.random(n) < 0.03).astype("int64")
    t = np.linspace(0, 1, 16)
    current = np.sin(np.pi * t) + rng.normal(0, 0.9, (n, 16))
    current += jam[:, None] * 0.68 * t
    return current.astype("float32"), jam


x_train, y_train = record_cycles(4000)
x_val, y_val = record_cycles(2000)
mean, std = x_train.mean(), x_train.std()
x_train = torch.from_numpy((x_train - mean) / std).unsqueeze(-1)
x_val = torch.from_numpy((x_val - mean) / std).unsqueeze(-1)
y_train = torch.from_numpy(y_train)

train_loader = DataLoader(TensorDataset(x_train, y_train), batch_size=64, shuffle=True)


class DoorNet(nn.Module):
    def __init__(self, hidden=10):
        super().__init__()
        self.gru = nn.GRU(1, hidden, batch_first=True)
        self.drop = nn.Dropout(0.1)
        self.out = nn.Linear(hidden, 2)

    def forward(self, x):
        states, _ = self.gru(x)
        return self.out(self.drop(states.mean(dim=1)))


model = DoorNet()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
counts = torch.bincount(y_train).float()
criterion = nn.CrossEntropyLoss(weight=len(y_train) / (2 * counts))

for epoch in range(12):
    model.train()
    running = 0.0
    for xb, yb in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
        running += loss.item()

    model.eval()
    with torch.no_grad():
        pred = model(x_val).argmax(dim=1).numpy()
    print(f"epoch {epoch + 1}: loss {running / len(train_loader):.4f} "
          f"val balanced accuracy {balanced_accuracy_score(y_val, pred):.3f} "
          f"jams found {recall_score(y_val, pred):.3f}")
