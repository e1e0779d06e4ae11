import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

OUTCOMES = ("good", "stuck", "sour")


class Brews(Dataset):
    """Daily density and temperature of a fermentation, 28 days."""

    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.labels = torch.tensor(rng.integers(0, 3, n))
        day = np.arange(28)
        curves = []
        for outcome in self.labels.tolist():
            rate, middle = rng.uniform(0.35, 0.6), rng.uniform(6, 11)
            density = 1 / (1 + np.exp(rate * (day - middle)))
            if outcome == 1:
                density = np.maximum(density, rng.uniform(0.35, 0.55))
            warm = 18 + 3 * np.exp(-((day - middle) / 4) ** 2)
            if outcome == 2:
                warm = warm + 2.2 * np.exp(-((day - middle - rng.uniform(8, 11)) / 2.5) ** 2)
            curve = np.stack([density + rng.normal(0, 0.04, 28), warm + rng.normal(0, 0.35, 28)], axis=1)
            curves.append(curve)
        curves = (np.stack(curves) - [0.4, 19.2]) / [0.38, 1.35]
        self.curves = torch.tensor(curves, dtype=torch.float32)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return self.curves[i], self.labels[i]


class BrewNet(nn.Module):
    def __init__(self, n_inputs=2, n_hidden=32):
        super().__init__()
        self.n_hidden = n_hidden
        self.cell = nn.GRUCell(n_inputs, n_hidden)
        self.classify = nn.Sequential(nn.Linear(n_hidden, 16), nn.ReLU(), nn.Linear(16, len(OUTCOMES)))

    def forward(self, x):
        h = torch.zeros(x.size(0), self.n_hidden)
        for t in range(x.size(1)):
            self.cell(x[:, t], h)
        return self.classify(h)


torch.manual_seed(31)
train_loader = DataLoader(Brews(1500, 0), batch_size=32, shuffle=True)
val_loader = DataLoader(Brews(400, 1), batch_size=200)
model = BrewNet()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)

for epoch in range(1, 13):
    model.train()
    train_loss = 0.0
    for curves, labels in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(curves), labels)
        loss.backward()
        optimizer.step()
        train_loss += loss.item() / len(train_loader)

    model.eval()
    val_loss, correct = 0.0, 0
    with torch.no_grad():
        for curves, labels in val_loader:
            scores = model(curves)
            val_loss += criterion(scores, labels).item() / len(val_loader)
            correct += (scores.argmax(dim=1) == labels).sum().item()
    print(f"Epoch {epoch:2d}: train {train_loss:.3f}, val {val_loss:.3f}, accuracy {100 * correct / 400:.1f} %")
