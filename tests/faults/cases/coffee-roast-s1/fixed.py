import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

config = {
    "n_beans": 2000,
    "bands": 30,
    "layers": [64, 64, 32],
    "batch_size": 32,
    "epochs": 12,
    "lr": 2e-3,
    "seed": 19,
}


def spectra(n, bands, rng):
    roast = rng.uniform(0, 1, n)
    moisture = rng.normal(0, 1, n)
    wave = np.linspace(0, 1, bands)
    edge = 1 / (1 + np.exp(-(wave[None] - 0.3 - 0.4 * roast[:, None]) * 14))
    dip = np.exp(-((wave[None] - 0.75) / 0.06) ** 2) * (0.2 + 0.08 * moisture[:, None])
    reflectance = edge * (1 - 0.5 * roast[:, None] ** 2) - dip + rng.normal(0, 0.04, (n, bands))
    return reflectance.astype(np.float32), roast.astype(np.float32)


def make_model(n_in, widths):
    blocks = []
    for width in widths:
        blocks += [nn.Linear(n_in, width), nn.BatchNorm1d(width), nn.ReLU()]
        n_in = width
    blocks.append(nn.Linear(n_in, 1))
    return nn.Sequential(*blocks)


rng = np.random.default_rng(config["seed"])
torch.manual_seed(config["seed"])
X, roast = spectra(config["n_beans"], config["bands"], rng)
cut = int(config["n_beans"] * 0.8)
X = (X - X[:cut].mean(axis=0)) / X[:cut].std(axis=0)
y = (roast - roast[:cut].mean()) / roast[:cut].std()
X, y = torch.from_numpy(X), torch.from_numpy(y).unsqueeze(1)

loader = DataLoader(TensorDataset(X[:cut], y[:cut]), batch_size=config["batch_size"], shuffle=True)
model = make_model(config["bands"], config["layers"])
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=config["lr"])

for epoch in range(config["epochs"]):
    model.train()
    train_losses = []
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
        train_losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        val_loss = criterion(model(X[cut:]), y[cut:]).item()
    r2 = 1 - val_loss / y[cut:].var().item()
    print(f"Epoch {epoch + 1}/{config['epochs']} - loss: {np.mean(train_losses):.4f} - val_loss: {val_loss:.4f} - val_r2: {r2:.3f}")
