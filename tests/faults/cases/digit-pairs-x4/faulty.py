import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(5)
np.random.seed(5)

digits = load_digits()
pixels = torch.tensor(digits.data / 16.0 - 0.3, dtype=torch.float32)
digit = digits.target


def pairs(members, n):
    """Half of the pairs show the same digit."""
    a = np.random.choice(members, n)
    b = np.empty_like(a)
    same = np.random.rand(n) < 0.5
    for k in range(n):
        pool = members[(digit[members] == digit[a[k]]) == same[k]]
        b[k] = np.random.choice(pool)
    return TensorDataset(pixels[a], pixels[b], torch.tensor(same, dtype=torch.float32))


class Siamese(nn.Module):
    def __init__(self):
        super().__init__()
        self.tower = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 16))

    def forward(self, a, b):
        return F.pairwise_distance(self.tower(a), self.tower(b))


def contrastive(dist, same, margin=2.0):
    return (same * dist ** 2 + (1 - same) * F.relu(margin - dist) ** 2).mean()


order = np.random.permutation(len(digit))
loaders = {
    "train": DataLoader(pairs(order[:1300], 8000), batch_size=64, shuffle=True),
    "valid": DataLoader(pairs(order[1300:], 2000), batch_size=500),
}
model = Siamese()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)

for epoch in range(8):
    report = []
    for phase in ["train", "valid"]:
        model.train(phase == "train")
        running_loss, running_hits = 0.0, 0
        for a, b, same in loaders[phase]:
            optimizer.zero_grad()
            with torch.set_grad_enabled(phase != "val"):
                dist = model(a, b)
                loss = contrastive(dist, same)
            if phase == "train":
                loss.backward()
                optimizer.step()
            running_loss += loss.item() * len(same)
            running_hits += ((dist < 1.0).float() == same).sum().item()
        n = len(loaders[phase].dataset)
        report.append(f"{phase} loss {running_loss / n:.4f} acc {running_hits / n:.4f}")
    print(f"Epoch {epoch}:", ", ".join(report))
