import resource

import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader

torch.manual_seed(22)
images = torch.tensor(load_digits().images, dtype=torch.float32).unsqueeze(1) / 16
train_loader = DataLoader(images[:1400], batch_size=70, shuffle=True)
val_loader = DataLoader(images[1400:], batch_size=100)


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ELU(),
            nn.Conv2d(16, 24, 3, stride=2, padding=1), nn.ELU(),
            nn.Flatten(), nn.Linear(24 * 16, 12),
        )
        self.decode = nn.Sequential(
            nn.Linear(12, 24 * 16), nn.ELU(), nn.Unflatten(1, (24, 4, 4)),
            nn.ConvTranspose2d(24, 16, 2, stride=2), nn.ELU(),
            nn.Conv2d(16, 1, 3, padding=1),
        )

    def forward(self, x):
        return self.decode(self.encode(x))


class Report:
    """All losses of the run, for the tables at the end."""

    def __init__(self):
        self.rows = {"train": [], "validation": []}

    def add(self, phase, value):
        self.rows[phase].append(value)

    def mean(self, phase, last):
        return float(sum(self.rows[phase][-last:]) / last)


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


model, criterion, report = Autoencoder(), nn.MSELoss(), Report()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
at_first = None
for epoch in range(1, 16):
    model.train()
    for x in train_loader:
        loss = criterion(model(x), x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        report.add("train", loss.item())
    model.eval()
    for x in val_loader:
        report.add("validation", criterion(model(x), x))
    at_first = at_first or peak_mb()
    print(f"epoch {epoch}: train {report.mean('train', 20):.4f} validation {report.mean('validation', 4):.4f} "
          f"memory {at_first:.0f} MB, now {peak_mb():.0f} MB")
