"""Which tensors lie in the same memory, and where: what writing in place and views need."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import Tensor


def version_of(tensor: Tensor) -> int:
    """Counts the writes to a tensor's memory."""
    return 0 if tensor.is_inference() else tensor._version


def memory_of(tensor: Tensor) -> int:
    """Says which tensors lie in the same memory."""
    try:
        return int(tensor.untyped_storage()._cdata)
    except (RuntimeError, NotImplementedError):  # sparse tensors have none
        return id(tensor)


def places_in(view: Tensor, base: Tensor) -> np.ndarray[Any, Any]:
    """For each element of a view, which element of its base (flattened) it is."""
    lies = _offsets(base) - base.storage_offset()
    order = np.empty(int(lies.max()) + 1 if lies.size else 0, np.int64)
    order[lies.ravel()] = np.arange(lies.size)
    found: np.ndarray[Any, Any] = order[_offsets(view) - base.storage_offset()]
    return found


def _offsets(tensor: Tensor) -> np.ndarray[Any, Any]:
    """Where in memory each element lies."""
    total = np.full((1,) * tensor.ndim, tensor.storage_offset(), np.int64)
    for axis, (size, stride) in enumerate(zip(tensor.shape, tensor.stride(), strict=True)):
        steps = np.arange(size) * stride
        total = total + steps.reshape([-1 if a == axis else 1 for a in range(tensor.ndim)])
    return total
