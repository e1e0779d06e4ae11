"""Small networks with examples, for the tests of views."""

import numpy as np
import torch
from sklearn.datasets import load_digits, load_iris
from torch import nn

from vitreous.data.types import InputSpec, Task
from vitreous.looking.subject import Subject


def trained(model, x, y, steps=60):
    """The network after some steps of Adam on all examples."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    return model.eval()


def rows(many=150, plane=None):
    """Iris by a small dense network."""
    torch.manual_seed(0)
    found = load_iris()
    order = np.random.default_rng(0).permutation(150)[:many]
    x = torch.tensor((found.data[order] - found.data.mean(0)) / found.data.std(0), dtype=torch.float32)
    y = torch.tensor(found.target[order])
    model = trained(
        nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 6), nn.Tanh(), nn.Linear(6, 3)), x, y
    )
    raw = [dict(zip(found.feature_names, row, strict=True)) for row in found.data[order].tolist()]
    return Subject(
        model=model, task=Task("multiclass", 3, tuple(found.target_names.tolist())), input=InputSpec("features", (4,)),
        inputs=x, targets=y, raw=raw, sample=3, features=tuple(found.feature_names), plane=plane,
    )  # fmt: skip


def images(many=120):
    """Digits by a small convolutional network."""
    torch.manual_seed(0)
    found = load_digits()
    x = torch.tensor(found.images[:many, None] / 16, dtype=torch.float32)
    y = torch.tensor(found.target[:many])
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(36, 12),
        nn.ReLU(),
        nn.Linear(12, 10),
    )
    return Subject(
        model=trained(model, x, y), task=Task("multiclass", 10), input=InputSpec("image", (1, 8, 8)), inputs=x,
        targets=y, raw=list(found.images[:many]), sample=5,
    )  # fmt: skip


class Words(nn.Module):
    """Attention over tokens, with its weights asked for or not."""

    def __init__(self, need_weights):
        super().__init__()
        self.embedding = nn.Embedding(9, 8)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.head, self.need_weights = nn.Linear(8, 2), need_weights

    def forward(self, tokens):
        x = self.embedding(tokens)
        return self.head(
            self.attention(x, x, x, need_weights=self.need_weights, average_attn_weights=False)[0].mean(1)
        )


def texts(need_weights=False):
    torch.manual_seed(0)
    x = torch.randint(1, 9, (12, 6))
    return Subject(
        model=Words(need_weights).eval(), task=Task("multiclass", 2), input=InputSpec("tokens", (6,), 9), inputs=x,
        targets=torch.arange(12) % 2, raw=[" ".join(map(str, row)) for row in x.tolist()], sample=1,
    )  # fmt: skip
