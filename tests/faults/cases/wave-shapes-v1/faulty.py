import math

import torch
import torch.nn.functional as F
from torch import nn


def weight(n_out, n_in):
    # stored as in the paper (rows are outputs), used as x @ W
    return nn.Parameter(torch.randn(n_out, n_in) / math.sqrt(n_in)).T


def bias(n):
    return nn.Parameter(torch.zeros(n))


class MinimalGatedUnit(nn.Module):
    """f_t = s(x W_f + h U_f + b_f);  h' = tanh(x W_h + (f_t * h) U_h + b_h);  h = (1 - f) h + f h'"""

    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.n_hidden = n_hidden
        self.W_f, self.U_f, self.b_f = weight(n_hidden, n_in), weight(n_hidden, n_hidden), bias(n_hidden)
        self.W_h, self.U_h, self.b_h = weight(n_hidden, n_in), weight(n_hidden, n_hidden), bias(n_hidden)
        self.V, self.c = weight(n_out, n_hidden), bias(n_out)

    def forward(self, x):
        h = x.new_zeros(len(x), self.n_hidden)
        for x_t in x.unbind(1):
            f = torch.sigmoid(x_t @ self.W_f + h @ self.U_f + self.b_f)
            new = torch.tanh(x_t @ self.W_h + (f * h) @ self.U_h + self.b_h)
            h = (1 - f) * h + f * new
        return h @ self.V + self.c


def waves(n, length=32):
    shape = torch.randint(4, (n,))
    start = torch.rand(n, 1)
    period = 10 + 6 * torch.rand(n, 1)
    phase = (start + torch.arange(length) / period) % 1
    kinds = torch.stack([
        torch.sin(2 * math.pi * phase) * 1.3,
        torch.where(phase < 0.5, 1.0, -1.0),
        (2 * phase - 1) * 1.6,
        torch.where(phase < 0.2, 2.0, -0.5),
    ])
    x = kinds[shape, torch.arange(n)] + 0.25 * torch.randn(n, length)
    return x.unsqueeze(2), shape


torch.manual_seed(14)
train_x, train_y = waves(1500)
val_x, val_y = waves(500)
model = MinimalGatedUnit(1, 32, 4)
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)

for epoch in range(15):
    model.train()
    mean_loss = 0.0
    for idx in torch.randperm(len(train_x)).split(50):
        loss = F.cross_entropy(model(train_x[idx]), train_y[idx])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        mean_loss += loss.item() * len(idx) / len(train_x)
    model.eval()
    with torch.no_grad():
        logits = model(val_x)
    print(
        f"{epoch:3d}  train {mean_loss:.3f}  val {F.cross_entropy(logits, val_y).item():.3f}"
        f"  accuracy {(logits.argmax(1) == val_y).float().mean().item():.3f}"
    )
