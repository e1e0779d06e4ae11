import numpy as np
import torch
import torch.nn as nn


def make_scans(n, size=24, seed=0):
    g = np.random.default_rng(seed)
    yy, xx = np.mgrid[0:size, 0:size]
    scans = np.zeros((n, 1, size, size), dtype=np.float32)
    masks = np.zeros_like(scans)
    for i in range(n):
        angle, offset, width = g.uniform(0, np.pi), g.uniform(-5, 5), g.uniform(2, 3.5)
        bend = g.uniform(-0.03, 0.03)
        u = (xx - size / 2) * np.cos(angle) + (yy - size / 2) * np.sin(angle)
        v = -(xx - size / 2) * np.sin(angle) + (yy - size / 2) * np.cos(angle)
        tube = np.abs(v - offset - bend * u ** 2) < width
        masks[i, 0] = tube
        scans[i, 0] = 1.5 * tube - 0.4 + g.normal(0, 0.8, (size, size))
    return torch.from_numpy(scans), torch.from_numpy(masks)


class SmallFCN(nn.Module):
    def __init__(self, width=12):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, padding=2, dilation=2), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
            nn.Conv2d(width, 1, 1),
        )

    def forward(self, x):
        return self.layers(x)


def dice_score(pred, mask, eps=1.0):
    inter = (pred * mask).sum(dim=(1, 2, 3))
    return ((2 * inter + eps) / (pred.sum(dim=(1, 2, 3)) + mask.sum(dim=(1, 2, 3)) + eps)).mean()


def dice_loss(logits, mask):
    pred = torch.sigmoid(logits)
    return 1 - dice_score(pred, mask)


def main():
    torch.manual_seed(2)
    train_x, train_m = make_scans(400, seed=1)
    val_x, val_m = make_scans(100, seed=2)
    model = SmallFCN()
    opt = torch.optim.Adam(model.parameters(), lr=2e-3)
    for epoch in range(8):
        model.train()
        epoch_loss = []
        for idx in torch.randperm(len(train_x)).split(16):
            loss = dice_loss(model(train_x[idx]), train_m[idx])
            opt.zero_grad()
            loss.backward()
            opt.step()
            epoch_loss.append(loss.item())
        model.eval()
        with torch.no_grad():
            val_dice = dice_score((model(val_x) > 0).float(), val_m).item()
        print(f"epoch {epoch}: dice loss {np.mean(epoch_loss):.3f}, val dice {val_dice:.3f}")


if __name__ == "__main__":
    main()
