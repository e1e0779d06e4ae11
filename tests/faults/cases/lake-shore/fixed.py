import numpy as np
import torch
from torch import nn


def smooth_noise(rng, size):
    coarse = rng.normal(size=(5, 5))
    grid = np.linspace(0, 4, size)
    rows = np.array([[np.interp(g, range(5), r) for g in grid] for r in coarse])
    return np.array([np.interp(grid, range(5), c) for c in rows.T]).T


def maps(n, seed, size=20):
    rng = np.random.default_rng(seed)
    heights = np.stack([smooth_noise(rng, size) for _ in range(n)])
    water = heights < -0.25
    seen = heights + rng.normal(0, 0.35, heights.shape)
    as_tensor = lambda a: torch.tensor(a, dtype=torch.float32).unsqueeze(1)
    return as_tensor(seen), as_tensor(water)


class DiceLoss(nn.Module):
    def __init__(self, smooth=1.0):
        super().__init__()
        self.smooth = smooth

    def forward(self, logits, target):
        mask = torch.sigmoid(logits)
        overlap = (mask * target).sum()
        return 1 - (2 * overlap + self.smooth) / (mask.sum() + target.sum() + self.smooth)


def dice_score(logits, target):
    found = (logits > 0).float()
    return (2 * (found * target).sum() / (found.sum() + target.sum())).item()


def main():
    torch.manual_seed(16)
    x, water = maps(500, 1)
    x_val, water_val = maps(150, 2)
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(),
        nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(),
        nn.Conv2d(16, 1, 3, padding=1),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    loss_fn = DiceLoss()
    for epoch in range(10):
        running, batches = 0.0, torch.randperm(len(x)).split(20)
        for idx in batches:
            optimizer.zero_grad()
            loss = loss_fn(model(x[idx]), water[idx])
            loss.backward()
            optimizer.step()
            running += loss.item()
        with torch.no_grad():
            score = dice_score(model(x_val), water_val)
        print(f"epoch {epoch + 1:2d} | dice loss {running / len(batches):.4f} | validation dice {score:.4f}")


if __name__ == "__main__":
    main()
