"""L2 norm of a layer's parameter gradients: near zero starves the layer, huge throws it about."""

from __future__ import annotations

import torch
from torch import Tensor

NAME = "gradient_norm"
UNIT = "loss per unit of weight"
SEES = "gradient"


def measure(gradient: Tensor) -> Tensor:
    """L2 norm of the flattened gradient [n]; one pass."""
    norm: Tensor = torch.linalg.vector_norm(gradient)
    return norm
