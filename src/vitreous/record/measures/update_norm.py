"""L2 norm of what one optimizer step changed; over the weight's norm it is the update ratio.

A ratio near 1e-3 is usual; a rule of thumb of Andrej Karpathy (https://cs231n.github.io/neural-networks-3/).
"""

from __future__ import annotations

import torch
from torch import Tensor

NAME = "update_norm"
UNIT = "1"
SEES = "update"


def measure(update: Tensor) -> Tensor:
    """L2 norm of after - before, flattened [n]; one pass."""
    norm: Tensor = torch.linalg.vector_norm(update)
    return norm
