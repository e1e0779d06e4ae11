import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

gaits = {"walk": 0, "gallop": 1, "toelt": 2, "trot": 3, "canter": 4}
beats = {"walk": (4, 1.0), "gallop": (4, 2.4), "toelt": (4, 1.7), "trot": (2, 1.5), "canter": (3, 1.7)}


def record(n, rng):
    names = rng.choice(list(gaits), n)
    t = np.arange(100) / 25.0
    signals = []
    for name in names:
        n_beats, rate = beats[name]
        rate = rate * rng.normal(1, 0.05)
        phase = rng.uniform(0, 2 * np.pi)
        stride = np.sin(2 * np.pi * rate * t + phase)
        hoof = np.cos(2 * np.pi * rate * n_beats * t + n_beats * phase)
        sway = np.sin(np.pi * rate * t + rng.uniform(0, 6))
        s = np.stack([0.5 * stride + 0.9 * hoof, stride, 0.6 * sway])
        signals.append(s + 0.9 * rng.normal(size=s.shape))
    labels = np.array([gaits[g] for g in names])
    return torch.tensor(np.array(signals), dtype=torch.float32) / 1.1, torch.tensor(labels)


torch.manual_seed(2)
rng = np.random.default_rng(2)
train_loader = DataLoader(TensorDataset(*record(1500, rng)), batch_size=50, shuffle=True)
X_val, y_val = record(400, rng)

model = nn.Sequential(
    nn.Conv1d(3, 16, 7, padding=3), nn.BatchNorm1d(16), nn.ReLU(), nn.MaxPool1d(2),
    nn.Conv1d(16, 32, 5, padding=2), nn.BatchNorm1d(32), nn.ReLU(), nn.AdaptiveAvgPool1d(1),
    nn.Flatten(),
    nn.Linear(32, 5),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)

n_epochs = 10
for epoch in range(n_epochs):
    model.train()
    epoch_loss = 0.0
    for inputs, labels in train_loader:
        optimizer.zero_grad()
        outputs = model(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item()

    model.eval()
    with torch.no_grad():
        predicted = model(X_val).argmax(dim=1)
    accuracy = (predicted == y_val).float().mean().item()
    print(f"Epoch {epoch + 1}/{n_epochs}, loss: {epoch_loss / len(train_loader):.4f}, val accuracy: {accuracy:.3f}")
