import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class OwlHead(nn.Module):
    """Fully convolutional: one objectness logit for each pixel."""

    def __init__(self, width=16, prior=0.01):
        super().__init__()
        self.tower = nn.Sequential(
            nn.Conv2d(1, width, 3, padding=1), nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1), nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1), nn.ReLU(),
        )
        self.score = nn.Conv2d(width, 1, 3, padding=1)
        # start from "hardly anything is an owl", as RetinaNet does
        nn.init.constant_(self.score.bias, -math.log((1 - prior) / prior))

    def forward(self, x):
        return self.score(self.tower(x)).squeeze(1)


SHAPE = torch.tensor([[1.0, 0, 1], [1, 1, 1], [0, 1, 0]])


def scenes(n, gen):
    x = 0.4 * torch.randn(n, 1, 24, 24, generator=gen)
    y = torch.zeros(n, 24, 24)
    for i in range(n):
        for k in range(6):
            r, c = torch.randint(1, 22, (2,), generator=gen).tolist()
            if k < 3:
                x[i, 0, r - 1:r + 2, c - 1:c + 2] += 1.5 * SHAPE
                y[i, r, c] = 1
            else:                                       # branches
                x[i, 0, r - 1:r + 2, c] += 1.5
    return (x - 0.1) / 0.55, y


def focal(logits, target, gamma=2.0, alpha=0.75):
    ce = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    p_t = torch.exp(-ce)
    weight = alpha * target + (1 - alpha) * (1 - target)
    return (weight * (1 - p_t) ** gamma * ce).sum() / target.sum()


@torch.no_grad()
def recall_precision(model, x, y):
    model.eval()
    found = model(x) > 0
    hits = (found & (y == 1)).sum().item()
    return hits / y.sum().item(), hits / max(found.sum().item(), 1)


if __name__ == "__main__":
    torch.manual_seed(19)
    gen = torch.Generator().manual_seed(19)
    x_train, y_train = scenes(400, gen)
    x_val, y_val = scenes(100, gen)
    model = OwlHead()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for epoch in range(1, 13):
        model.train()
        losses = []
        for idx in torch.randperm(len(x_train)).split(20):
            loss = focal(model(x_train[idx]), y_train[idx])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        r, p = recall_precision(model, x_val, y_val)
        print(f"epoch {epoch:2d}  loss {sum(losses) / len(losses):.3f}  val recall {r:.3f}  val precision {p:.3f}")
