import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

N_BANDS, ORIGINS = 80, 6


def tea_spectra(n=720):
    rng = np.random.default_rng(21)
    bands = np.linspace(0, 1, N_BANDS)
    centres = rng.uniform(0.05, 0.95, (ORIGINS, 5))
    heights = rng.normal(0, 1, (ORIGINS, 5))
    origin = rng.integers(0, ORIGINS, n)
    peaks = np.exp(-((bands - centres[origin][:, :, None]) / 0.07) ** 2)
    pure = (heights[origin][:, :, None] * peaks).sum(1)
    return (pure * rng.uniform(0.5, 1.5, (n, 1)) + 1.25 * rng.normal(size=(n, N_BANDS))).astype(np.float32), origin


class TeaDataset(Dataset):
    """75 % of the samples for training, the rest for validation."""

    def __init__(self, train=True):
        X, y = tea_spectra()
        order = np.random.permutation(len(X))
        cut = int(0.75 * len(X))
        mean, std = X[order[:cut]].mean(), X[order[:cut]].std()
        keep = order[:cut] if train else order[cut:]
        self.X = torch.tensor((X[keep] - mean) / std)
        self.y = torch.tensor(y[keep])

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.X[i], self.y[i]


np.random.seed(21)
torch.manual_seed(21)
train_ds = TeaDataset(train=True)
val_ds = TeaDataset(train=False)
train_dl = DataLoader(train_ds, batch_size=24, shuffle=True)
val_dl = DataLoader(val_ds, batch_size=120)

model = nn.Sequential(
    nn.Linear(N_BANDS, 32), nn.ReLU(), nn.Dropout(0.3),
    nn.Linear(32, ORIGINS),
)
opt = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05)
loss_fn = nn.CrossEntropyLoss()

for epoch in range(1, 26):
    model.train()
    for x, y in train_dl:
        loss = loss_fn(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch % 5:
        continue
    model.eval()
    with torch.no_grad():
        train_loss = loss_fn(model(train_ds.X), train_ds.y).item()
        val_loss = correct = 0
        for x, y in val_dl:
            out = model(x)
            val_loss += loss_fn(out, y).item() * len(y) / len(val_ds)
            correct += (out.argmax(1) == y).sum().item()
    print(f"epoch {epoch:2d} | train loss {train_loss:.3f} | val loss {val_loss:.3f} | val acc {correct / len(val_ds):.3f}")
