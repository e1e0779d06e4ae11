import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(19)
digits = load_digits()
order = torch.randperm(len(digits.target))
images = torch.tensor(digits.data, dtype=torch.float32)[order] / 16 - 0.3
labels = torch.tensor(digits.target)[order]
images, labels, probe, probe_labels = images[:1300], labels[:1300], images[1300:], labels[1300:]


class Encoder(nn.Module):
    def __init__(self, dim=16):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(64, 96), nn.ReLU(), nn.Linear(96, dim))

    def forward(self, x):
        return self.net(x)


def distance(a, b):
    return torch.sqrt(((a - b) ** 2).sum(dim=1) + 1e-8)


def contrastive(a, b, same, margin=2.0):
    d = distance(a, b)
    return (same * d ** 2 + (1 - same) * (margin - d).clamp(min=0) ** 2).mean()


def pairs(n):
    """Half of the pairs from one class, half from anywhere."""
    i = torch.randint(len(images), (n,))
    j = torch.randint(len(images), (n,))
    for k in range(0, n, 2):
        mates = (labels == labels[i[k]]).nonzero().squeeze(1)
        j[k] = mates[torch.randint(len(mates), (1,))]
    return i, j, (labels[i] == labels[j]).float()


def nearest_neighbour(model):
    with torch.no_grad():
        d = torch.cdist(model(probe), model(images))
    return (labels[d.argmin(1)] == probe_labels).float().mean().item()


model = Encoder()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for step in range(1, 601):
    i, j, same = pairs(64)
    loss = contrastive(model(images[i]), model(images[j]), same)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 100 == 0:
        print(f"step {step} loss {loss.item():.4f} nearest-neighbour accuracy {nearest_neighbour(model):.3f}")
