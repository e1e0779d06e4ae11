import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

MARKS = 8
rng = np.random.RandomState(3)
stamps = (rng.rand(MARKS, 5, 5) > 0.5).astype("float32")


def make_pictures(n):
    has = rng.rand(n, MARKS) < 0.15
    pics = rng.normal(0, 0.25, (n, 20, 20)).astype("float32")
    for i, j in zip(*np.nonzero(has)):
        r, c = rng.randint(0, 16, 2)
        pics[i, r:r + 5, c:c + 5] += stamps[j]
    return torch.from_numpy(pics)[:, None], torch.from_numpy(has.astype("float32"))


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 24, 5), nn.BatchNorm2d(24), nn.ReLU(),
            nn.Conv2d(24, 24, 3), nn.BatchNorm2d(24), nn.ReLU(),
            nn.AdaptiveMaxPool2d(1), nn.Flatten(),
        )
        self.classifier = nn.Sequential(nn.Linear(24, MARKS), nn.Sigmoid())

    def forward(self, x):
        return self.classifier(self.features(x))


def f1_at_half(scores, truth):
    picked = scores > 0.5
    tp = (picked & (truth > 0)).sum().item()
    return 2 * tp / (picked.sum().item() + truth.sum().item())


torch.manual_seed(0)
train = DataLoader(TensorDataset(*make_pictures(2500)), batch_size=32, shuffle=True)
val_x, val_y = make_pictures(600)
model = Tagger()
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)

for epoch in range(1, 9):
    model.train()
    losses = []
    for x, y in train:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        out = model(val_x)
        val_loss = criterion(out, val_y).item()
    print(f"epoch {epoch} train loss {np.mean(losses):.4f} val loss {val_loss:.4f} val F1 {f1_at_half(torch.sigmoid(out), val_y):.3f}")
