import numpy as np
import torch
import torch.nn as nn
from sklearn.metrics import f1_score
from torch.utils.data import DataLoader, TensorDataset

TAGS = ["kettle", "fridge", "knife", "tap", "fan", "plates", "timer", "frying"]
BANDS, FRAMES = 24, 20


def synth(n, rng):
    y = (rng.random((n, len(TAGS))) < 0.2).astype(np.float32)
    f = np.arange(BANDS)[:, None]
    t = np.arange(FRAMES)[None, :]
    X = rng.normal(0, 0.6, (n, BANDS, FRAMES))
    for i in range(n):
        a = rng.uniform(0.6, 1.6, len(TAGS))
        p = rng.integers(0, FRAMES)
        sounds = [
            np.exp(-(f - 18 - 4 * t / FRAMES) ** 2 / 2) * np.ones_like(t),
            np.exp(-(f - 2) ** 2 / 4) * np.ones_like(t),
            ((t + p) % 5 == 0) * np.exp(-(f - 14) ** 2 / 30),
            0.8 * np.exp(-(f - 20) ** 2 / 20) * np.ones_like(t),
            np.exp(-(f - 7) ** 2 / 3) * (1 + 0.5 * np.sin(t + p)),
            (np.abs(t - p) < 2) * np.exp(-(f - 10) ** 2 / 12) * 1.5,
            np.exp(-(f - 16) ** 2 / 1.0) * ((t + p) % 8 < 4),
            np.exp(-(f - 12) ** 2 / 40) * rng.random((1, FRAMES)),
        ]
        for k, s in enumerate(sounds):
            if y[i, k]:
                X[i] += a[k] * s
    return torch.tensor(X[:, None], dtype=torch.float32), torch.from_numpy(y)


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 12, 3, padding=1), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 24, 3, padding=1), nn.BatchNorm2d(24), nn.ReLU(), nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(24 * 6 * 5, 64),
            nn.ReLU(),
            nn.Dropout(0.3),
            nn.Linear(64, len(TAGS)),
            nn.Sigmoid(),
        )

    def forward(self, x):
        return self.classifier(self.features(x))


def main():
    torch.manual_seed(31)
    rng = np.random.default_rng(31)
    train = TensorDataset(*synth(1800, rng))
    X_val, y_val = synth(500, rng)
    loader = DataLoader(train, batch_size=30, shuffle=True)
    model = Tagger()
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=1e-2)
    for epoch in range(12):
        model.train()
        total = 0.0
        for X, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(X), y)
            loss.backward()
            optimizer.step()
            total += loss.item()
        model.eval()
        with torch.no_grad():
            logits = model(X_val)
            val_loss = criterion(logits, y_val).item()
            predicted = torch.sigmoid(logits) > 0.5
        f1 = f1_score(y_val.numpy(), predicted.numpy(), average="macro", zero_division=0)
        print(f"epoch {epoch + 1}: loss {total / len(loader):.3f}  val loss {val_loss:.3f}  macro F1 {f1:.3f}")


if __name__ == "__main__":
    main()
