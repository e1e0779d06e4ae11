import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

PRIOR = 0.01
SIZE = 32


def make_images(n, seed):
    """Dim ground with shadows; a post is a bright dot with a short shadow to its right."""
    g = torch.Generator().manual_seed(seed)
    ground = F.interpolate(torch.randn(n, 1, 4, 4, generator=g), size=SIZE, mode="bilinear")
    img = 0.6 * ground + 0.25 * torch.randn(n, 1, SIZE, SIZE, generator=g)
    target = torch.zeros(n, 1, SIZE // 2, SIZE // 2)
    for k in range(n):
        for _ in range(int(torch.randint(2, 7, (1,), generator=g))):
            r, c = torch.randint(1, SIZE - 5, (2,), generator=g).tolist()
            img[k, 0, r, c] += 2.5
            img[k, 0, r, c + 1:c + 5] -= 1.5
            target[k, 0, r // 2, c // 2] = 1
        for _ in range(4):  # bright stones without a shadow
            r, c = torch.randint(1, SIZE - 5, (2,), generator=g).tolist()
            img[k, 0, r, c] += 2.5
    return img, target


class PostDetector(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, width, 3, padding=1), nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1), nn.ReLU(),
            nn.Conv2d(width, 2 * width, 3, stride=2, padding=1), nn.ReLU(),
        )
        self.heat = nn.Conv2d(2 * width, 1, 3, padding=1)
        self.apply(self._init)

    @staticmethod
    def _init(m):
        if isinstance(m, nn.Conv2d):
            nn.init.kaiming_normal_(m.weight, nonlinearity="relu")
            nn.init.constant_(m.bias, -math.log((1 - PRIOR) / PRIOR))

    def forward(self, x):
        return self.heat(self.body(x))


def focal_loss(logits, target, alpha=0.5, gamma=2.0):
    ce = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    p_t = torch.where(target == 1, logits.sigmoid(), 1 - logits.sigmoid())
    weight = torch.where(target == 1, alpha, 1 - alpha)
    return (weight * (1 - p_t) ** gamma * ce).sum() / target.sum()


def f1(logits, target):
    found = logits > 0
    hits = (found & (target == 1)).sum().item()
    return 2 * hits / max(found.sum().item() + int(target.sum().item()), 1)


def main():
    torch.manual_seed(5)
    train = TensorDataset(*make_images(800, 0))
    x_val, t_val = make_images(200, 1)
    loader = DataLoader(train, batch_size=16, shuffle=True)
    model = PostDetector()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(10):
        model.train()
        total = 0.0
        for x, t in loader:
            loss = focal_loss(model(x), t)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        model.eval()
        with torch.no_grad():
            out = model(x_val)
        print(f"epoch {epoch}: loss {total / len(loader):.3f}, val loss {focal_loss(out, t_val):.3f}, "
              f"val F1 {f1(out, t_val):.3f}")


if __name__ == "__main__":
    main()
