import numpy as np
import torch
import torch.nn as nn
from dataclasses import dataclass


@dataclass
class Config:
    size: int = 28
    n_train: int = 600
    n_val: int = 150
    epochs: int = 8
    batch_size: int = 16
    lr: float = 2e-3
    seed: int = 5


def photograph(rng, size):
    """A bush as the camera delivers it, height x width x RGB, and the mask of the ripe berries."""
    image = np.array([0.25, 0.45, 0.20]) + rng.normal(0, 0.05, (size, size, 3))
    mask = np.zeros((size, size))
    rows, cols = np.mgrid[:size, :size]
    for _ in range(rng.integers(4, 8)):
        r, c, radius = rng.uniform(2, size - 2), rng.uniform(2, size - 2), rng.uniform(2, 4)
        disc = (rows - r) ** 2 + (cols - c) ** 2 < radius ** 2
        ripe = rng.random() < 0.5
        image[disc] = np.array([0.55, 0.15, 0.20] if ripe else [0.45, 0.55, 0.20]) + rng.normal(0, 0.05, (disc.sum(), 3))
        mask[disc] = ripe
    return image.astype(np.float32), mask.astype(np.float32)


def dataset(n, rng, cfg):
    pairs = [photograph(rng, cfg.size) for _ in range(n)]
    images = np.stack([p[0] for p in pairs])
    masks = np.stack([p[1] for p in pairs])
    return images, masks


def to_tensors(images, masks, cfg):
    x = torch.from_numpy(images).permute(0, 3, 1, 2)
    y = torch.from_numpy(masks).unsqueeze(1)
    return (x - 0.35) / 0.15, y


def conv_block(n_in, n_out):
    return nn.Sequential(nn.Conv2d(n_in, n_out, 3, padding=1), nn.BatchNorm2d(n_out), nn.ReLU())


def evaluate(model, x, y):
    model.eval()
    with torch.no_grad():
        found = model(x) > 0
    truth = y > 0.5
    return ((found & truth).sum() / (found | truth).sum().clamp(min=1)).item()


def train(cfg):
    torch.manual_seed(cfg.seed)
    rng = np.random.default_rng(cfg.seed)
    x_train, y_train = to_tensors(*dataset(cfg.n_train, rng, cfg), cfg)
    x_val, y_val = to_tensors(*dataset(cfg.n_val, rng, cfg), cfg)
    model = nn.Sequential(conv_block(3, 16), conv_block(16, 16), nn.Conv2d(16, 1, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr)
    criterion = nn.BCEWithLogitsLoss()
    for epoch in range(cfg.epochs):
        model.train()
        losses = []
        for idx in torch.randperm(cfg.n_train).split(cfg.batch_size):
            loss = criterion(model(x_train[idx]), y_train[idx])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}, validation IoU {evaluate(model, x_val, y_val):.3f}")


if __name__ == "__main__":
    train(Config())
