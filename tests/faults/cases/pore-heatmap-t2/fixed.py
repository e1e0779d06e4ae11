import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.metrics import average_precision_score


def micrographs(n, size=24):
    """Grey pictures with a few round pores; the target is 1 at the centre of each and beside it."""
    ys, xs = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    x = 0.3 * torch.randn(n, 1, size, size)
    y = torch.zeros(n, 1, size, size)
    for i in range(n):
        for _ in range(4):
            r, c = torch.randint(3, size - 3, (2,)).tolist()
            distance = ((ys - r) ** 2 + (xs - c) ** 2).float().sqrt()
            x[i, 0] += 0.8 * torch.tanh(2 * (distance - 3)) - 0.8
            y[i, 0][distance <= 1] = 1
    return x, y


class PoreNet(nn.Module):
    def __init__(self, width=16, prior=0.01):
        super().__init__()
        self.conv1 = nn.Conv2d(1, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        self.conv3 = nn.Conv2d(width, width, 3, padding=1)
        self.out = nn.Conv2d(width, 1, 3, padding=1)
        # rare positives: start from a small probability, as in the focal loss paper
        bias = -math.log((1 - prior) / prior)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.zeros_(m.bias)
        nn.init.constant_(self.out.bias, bias)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x))
        x = F.relu(self.conv3(x))
        return self.out(x)


@torch.no_grad()
def precision(model, x, y):
    model.eval()
    return average_precision_score(y.flatten().numpy(), model(x).flatten().numpy())


torch.manual_seed(4)
x, y = micrographs(700)
x = (x - x[:560].mean()) / x[:560].std()
train_x, train_y, val_x, val_y = x[:560], y[:560], x[560:], y[560:]

model = PoreNet()
opt = torch.optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(1, 13):
    model.train()
    total = 0.0
    batches = torch.randperm(len(train_x)).split(20)
    for idx in batches:
        loss = F.binary_cross_entropy_with_logits(model(train_x[idx]), train_y[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item()
    if epoch % 2 == 0:
        print(f"epoch {epoch}: loss {total / len(batches):.4f}  val average precision {precision(model, val_x, val_y):.3f}")
