"""L2 norm of a layer's parameters: what weight decay pulls down."""

from __future__ import annotations

import torch
from torch import Tensor

NAME = "weight_norm"
UNIT = "1"
SEES = "weight"


def measure(weight: Tensor) -> Tensor:
    """L2 norm of the flattened parameters [n]; one pass."""
    norm: Tensor = torch.linalg.vector_norm(weight)
    return norm
