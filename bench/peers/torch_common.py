"""The network and the loop that the PyTorch peers share."""

from __future__ import annotations

import time
from collections.abc import Iterable

import torch
from torch import nn
from torch.utils.data import DataLoader

from bench.peers.common import HIDDEN


def network() -> nn.Sequential:
    """784-128-64-10 with ReLU: 109,386 parameters."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, HIDDEN[0]),
        nn.ReLU(),
        nn.Linear(*HIDDEN),
        nn.ReLU(),
        nn.Linear(HIDDEN[1], 10),
    )


def set_threads(number: int) -> int:
    """PyTorch's own default where the number is 0."""
    if number:
        torch.set_num_threads(number)
    return torch.get_num_threads()


def fit(model: nn.Module, loader: DataLoader, epochs: int) -> list[float]:
    """The loop of the tutorials; seconds of each epoch."""
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    seconds = []
    for _ in range(epochs):
        start = time.perf_counter()
        model.train()
        running = 0.0
        for images, labels in loader:
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            running += loss.item()
        seconds.append(time.perf_counter() - start)
    return seconds


def accuracy(model: nn.Module, batches: Iterable) -> float:
    """Share of right answers."""
    model.eval()
    right = seen = 0
    with torch.no_grad():
        for images, labels in batches:
            right += int((model(images).argmax(1) == labels).sum())
            seen += len(labels)
    return right / seen
