import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split

WORKSHOPS = ["Cremona", "Mittenwald", "Mirecourt", "Absam", "Markneukirchen"]
N_FEATURES, N_VIOLINS = 40, 500

torch.manual_seed(33)
rng = np.random.default_rng(33)


def measure_violins():
    """Features as z-scores against our reference collection."""
    maker = rng.integers(0, len(WORKSHOPS), N_VIOLINS)
    typical = rng.normal(0, 0.47, (len(WORKSHOPS), N_FEATURES))
    mixing = rng.normal(0, 1, (N_FEATURES, N_FEATURES)) / np.sqrt(N_FEATURES)
    sound = typical[maker] + rng.normal(0, 1, (N_VIOLINS, N_FEATURES)) + 0.3 * rng.normal(0, 1, (N_VIOLINS, N_FEATURES)) @ mixing
    return sound.astype(np.float32), maker


sound, maker = measure_violins()
dataset = TensorDataset(torch.from_numpy(sound), torch.from_numpy(maker))
train_set, val_set = random_split(dataset, [0.8, 0.2], generator=torch.Generator().manual_seed(33))
train_loader = DataLoader(train_set, batch_size=20, shuffle=True)

# all validation rows at once, no need for a loader
X_val, y_val = val_set.dataset.tensors

model = nn.Sequential(
    nn.Linear(N_FEATURES, 64),
    nn.ReLU(),
    nn.Dropout(0.4),
    nn.Linear(64, len(WORKSHOPS)),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.1)

for epoch in range(1, 26):
    model.train()
    train_loss = 0.0
    for X, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(X), y)
        loss.backward()
        optimizer.step()
        train_loss += loss.item() / len(train_loader)
    if epoch % 5 == 0:
        model.eval()
        with torch.no_grad():
            out = model(X_val)
        val_loss = criterion(out, y_val).item()
        val_acc = (out.argmax(dim=1) == y_val).float().mean().item()
        print(f"epoch {epoch}: train loss {train_loss:.3f}, val loss {val_loss:.3f}, val accuracy {val_acc:.3f}")
