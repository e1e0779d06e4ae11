# Mineral identification from reflectance spectra.
# Port of my NumPy network, so the mini-batch loop is still by hand.
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

rng = np.random.RandomState(3)
torch.manual_seed(3)

MINERALS = ["calcite", "dolomite", "gypsum", "kaolinite", "muscovite", "chlorite", "alunite", "quartz"]
BANDS = 80
wavelength = np.linspace(0, 1, BANDS)

centres = rng.uniform(0.05, 0.95, (len(MINERALS), 3))
depths = rng.uniform(0.3, 1.0, (len(MINERALS), 3))


def measure(kind, count):
    """count noisy spectra of one mineral, absorption bands jittered from sample to sample"""
    out = np.zeros((count, BANDS))
    for c, d in zip(centres[kind], depths[kind]):
        c = c + rng.normal(0, 0.015, (count, 1))
        d = d * rng.uniform(0.6, 1.3, (count, 1))
        out -= d * np.exp(-((wavelength - c) / 0.04) ** 2)
    return out + rng.normal(0, 0.42, (count, BANDS))


def collect(per_mineral):
    spectra, labels = [], []
    for kind in range(len(MINERALS)):
        spectra.append(measure(kind, per_mineral))
        labels.append(np.full(per_mineral, kind))
    return np.concatenate(spectra), np.concatenate(labels)


X_train, y_train = collect(640)
X_valid, y_valid = collect(160)
mu, sigma = X_train.mean(axis=0), X_train.std(axis=0)
X_train, X_valid = (X_train - mu) / sigma, (X_valid - mu) / sigma

X_train = torch.tensor(X_train, dtype=torch.float32)
y_train = torch.tensor(y_train)
X_valid = torch.tensor(X_valid, dtype=torch.float32)
y_valid = torch.tensor(y_valid)

net = nn.Sequential(nn.Linear(BANDS, 48), nn.Tanh(), nn.Linear(48, len(MINERALS)))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=3e-3)

batch_size = 32
n_batches = len(X_train) // batch_size
for epoch in range(15):
    epoch_loss = 0.0
    net.train()
    for b in range(n_batches):
        rows = slice(b * batch_size, (b + 1) * batch_size)
        loss = F.cross_entropy(net(X_train[rows]), y_train[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item() / n_batches
    net.eval()
    with torch.no_grad():
        scores = net(X_valid)
        valid_loss = F.cross_entropy(scores, y_valid).item()
        accuracy = (scores.argmax(dim=1) == y_valid).float().mean().item()
    print("epoch %2d: loss %.3f, validation loss %.3f, validation accuracy %.3f" % (epoch + 1, epoch_loss, valid_loss, accuracy))
