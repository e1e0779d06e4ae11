import copy

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits


def shifted(images, gen):
    """The new scanner: negative, mirrored, turned and noisy."""
    images = 1 - images.flip(-1).transpose(-1, -2)
    return (images + 0.1 * torch.randn(images.shape, generator=gen)).clamp(0, 1)


def backbone():
    return nn.Sequential(
        nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(12, 24, 3, padding=1), nn.ReLU(), nn.AdaptiveMaxPool2d(1), nn.Flatten(),
    )


def fit(features, head, x, y, epochs, lr, name):
    params = list(features.parameters()) + list(head.parameters())
    optimizer = torch.optim.Adam(params, lr=lr)
    for epoch in range(epochs):
        total, hits = 0.0, 0
        for rows in torch.randperm(len(x)).split(64):
            logits = head(features(x[rows]))
            loss = F.cross_entropy(logits, y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
            hits += (logits.argmax(1) == y[rows]).sum().item()
    print(f"{name}: loss {total / len(x):.3f} accuracy {hits / len(x):.3f}")


torch.manual_seed(11)
gen = torch.Generator().manual_seed(11)
digits = load_digits()
x = torch.tensor(digits.images / 16, dtype=torch.float32).unsqueeze(1)
y = torch.tensor(digits.target)
order = torch.randperm(len(x))
x, y = x[order], y[order]

# the old scanner
old_features, old_head = backbone(), nn.Linear(24, 10)
fit(old_features, old_head, x[:700], y[:700], epochs=18, lr=4e-3, name="old scanner")
old_features.requires_grad_(False)

# the new scanner starts from the old one's features
new_features, new_head = copy.deepcopy(old_features).requires_grad_(True), nn.Linear(24, 10)
new_x = shifted(x, gen)
fit(new_features, new_head, new_x[700:1400], y[700:1400], epochs=27, lr=4e-3, name="new scanner")

with torch.no_grad():
    old = (old_head(old_features(x[1400:])).argmax(1) == y[1400:]).float().mean()
    new = (new_head(new_features(new_x[1400:])).argmax(1) == y[1400:]).float().mean()
print(f"held-out accuracy, old scanner {old:.3f}, new scanner {new:.3f}")
