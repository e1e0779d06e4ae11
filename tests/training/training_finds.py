"""Networks of one's own: some with a fault each, some right though they look odd."""

import torch
from torch import nn

BROKEN = [
    ("Softmaxed", "loss/softmax-before-cross-entropy", "torch.softmax("),
    ("Detached", "model/disconnected", ".detach()"),
    ("Listed", "model/unregistered-parameters", "self.layers = ["),
]
HEALTHY = ["Good", "ZeroHead", "Gated", "Unused"]


class Softmaxed(nn.Module):
    def __init__(self, in_features, num_classes):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(in_features, 32), nn.ReLU(), nn.Linear(32, num_classes))

    def forward(self, x):
        return torch.softmax(self.body(x), dim=1)


class Detached(nn.Module):
    def __init__(self, in_features, num_classes):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(in_features, 32), nn.ReLU())
        self.head = nn.Linear(32, num_classes)

    def forward(self, x):
        h = self.body(x).detach()
        return self.head(h)


class Listed(nn.Module):
    def __init__(self, in_features, num_classes):
        super().__init__()
        self.layers = [nn.Linear(in_features, in_features) for _ in range(3)]
        self.head = nn.Linear(in_features, num_classes)

    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        return self.head(x)


class Good(nn.Module):
    def __init__(self, in_features, num_classes):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(in_features, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.2))
        self.head = nn.Linear(32, num_classes)

    def forward(self, x):
        return self.head(self.body(x))


class ZeroHead(Good):
    """The head begins at zero: for one step no gradient comes through it."""

    def __init__(self, in_features, num_classes):
        super().__init__(in_features, num_classes)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)


class Gated(nn.Module):
    """A softmax over experts, which is none in front of the loss."""

    def __init__(self, in_features, num_classes):
        super().__init__()
        self.gate = nn.Linear(in_features, 2)
        self.experts = nn.ModuleList(nn.Linear(in_features, num_classes) for _ in range(2))

    def forward(self, x):
        share = torch.softmax(self.gate(x), dim=1)
        return sum(share[:, i : i + 1] * expert(x) for i, expert in enumerate(self.experts))


class Unused(nn.Module):
    """A frozen projection: known features, learned head."""

    def __init__(self, in_features, num_classes):
        super().__init__()
        self.features = nn.Linear(in_features, 64).requires_grad_(False)
        self.head = nn.Linear(64, num_classes)

    def forward(self, x):
        return self.head(torch.cos(self.features(x)))


class Fails(nn.Module):
    def __init__(self, in_features, num_classes):
        super().__init__()
        self.head = nn.Linear(in_features, num_classes)
        raise ValueError("not to be built")
