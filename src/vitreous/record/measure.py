"""Numbers about tensors, read at once; nothing here draws a random number or keeps a graph."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.parameter import is_lazy

from vitreous.record.facts import TensorFacts

MOST_ELEMENTS = 200_000  # of a larger tensor an evenly spaced part is looked at
IGNORED = -100  # the ignore_index of losses that are given none
MOST_AVERAGED = 20_000  # the standard error of a mean over so many is below 1 % of the deviation
_RUN = 16  # neighbours taken together: a cache line of float32 costs as much as one of its elements
_PLAIN = (int, float, bool, str, type(None))


def unheard() -> Any:
    """No mode that sees operations is asked about those within: asking costs more than most of them."""
    return torch._C.DisableTorchFunction()


def facts(tensor: Tensor, *, statistics: bool = True) -> TensorFacts:
    """Shape and type of a tensor, and its statistics.

    Args:
        tensor: Any.
        statistics: Whether to measure; costs some passes over at most `MOST_ELEMENTS` elements.
    """
    if tensor.is_nested:
        return TensorFacts([tensor.size(0)], str(tensor.dtype).removeprefix("torch."), str(tensor.device))
    found = TensorFacts(
        list(tensor.shape), str(tensor.dtype).removeprefix("torch."), str(tensor.device), tensor.requires_grad
    )
    numbers = not tensor.is_complex() and tensor.layout == torch.strided and not tensor.is_meta
    if statistics and tensor.numel() and numbers:
        with unheard(), torch.no_grad():
            _measure(found, sample(tensor.detach()))
    return found


def real(tensor: Tensor) -> Tensor:
    """The numbers of a tensor as float32, of a complex one their parts: its norm is theirs."""
    return (torch.view_as_real(tensor.resolve_conj()) if tensor.is_complex() else tensor).float()


def sample(tensor: Tensor, most: int = MOST_ELEMENTS) -> Tensor:
    """All elements in one dimension, or of many evenly spaced runs."""
    if tensor.numel() <= most or not tensor.is_contiguous():
        flat = tensor.reshape(-1)
        return flat[:: -(-flat.numel() // most)] if flat.numel() > most else flat
    runs = tensor.reshape(-1)[: tensor.numel() // _RUN * _RUN].view(-1, _RUN)
    return runs[:: -(-tensor.numel() // most)].reshape(-1)


def _measure(found: TensorFacts, flat: Tensor) -> None:
    values = flat.double() if flat.dtype in (torch.float64, torch.int64) else flat.float()
    several = _moments(values)
    found.bad = 0
    if not math.isfinite(several[0]) or not math.isfinite(several[1]):
        finite = torch.isfinite(values)
        found.bad = int((~finite).sum())
        values = values[finite]
        if not values.numel():
            return
        several = _moments(values)
    found.minimum, found.maximum, found.mean, found.std, found.zeros = several


def _moments(values: Tensor) -> list[float]:
    """Least and largest, and of some: mean, standard deviation, share of zeros; read from the device at once."""
    low, high = torch.aminmax(values)  # of all: a single NaN shows in them
    some = sample(values, MOST_AVERAGED)
    mean = some.mean()
    # a float64 sum: squares of exploded float32 values would overflow
    off = torch.linalg.vector_norm(some - mean, dtype=torch.float64) / some.numel() ** 0.5
    zeros = 1 - torch.count_nonzero(some) / some.numel()
    found: list[float] = torch.stack(
        [low.double(), high.double(), mean.double(), off, zeros.double()]
    ).tolist()
    return found


def widen(known: TensorFacts, seen: TensorFacts) -> None:
    """Takes the extremes and bad values of a later look into an earlier one."""
    for name, pick in (("minimum", min), ("maximum", max)):
        old, new = getattr(known, name), getattr(seen, name)
        if new is not None:
            setattr(known, name, new if old is None else pick(old, new))
    known.bad = max(known.bad or 0, seen.bad or 0)


def error(prediction: Tensor, target: Tensor, ignored: int | None = None) -> float | None:
    """How badly a prediction fits its target, whatever the loss function: 0 is perfect.

    The share of wrong classes where the target is class numbers; else the mean squared error over the target's
    variance in the batch (1 is what the mean alone reaches), with elements matched one to one.

    Args:
        prediction: What is said.
        target: What is meant.
        ignored: The class number of positions that the loss leaves out, as padding; they are neither right nor wrong.

    Returns:
        None where they cannot be matched.
    """
    with torch.no_grad():
        prediction, target = prediction.detach(), target.detach()
        if not target.is_floating_point() and prediction.ndim >= 2 and prediction.ndim == target.ndim + 1:
            wrong = prediction.argmax(1) != target
            if ignored is not None:
                kept = target != ignored
                wrong = wrong[kept] if bool(kept.any()) else wrong
            return float(wrong.float().mean())
        if prediction.numel() != target.numel() or prediction.numel() < 2:
            return None
        prediction, target = prediction.reshape(-1).float(), target.reshape(-1).float()
        spread = target.var(correction=0)
        return float(((prediction - target) ** 2).mean() / spread) if float(spread) > 0 else None


def sign_error(logits: Tensor, target: Tensor, threshold: float) -> float | None:
    """The share of wrong answers of a yes-or-no prediction cut at a threshold; targets 0 and 1."""
    if logits.numel() != target.numel():
        return None
    with torch.no_grad():
        middle = (target.amin() + target.amax()) / 2 if target.numel() > 1 else 0.5
        return float(((logits.reshape(-1) > threshold) != (target.reshape(-1) > middle)).float().mean())


def fingerprints(batch: Tensor) -> Tensor:
    """A 64-bit number for each sample (dimension 0), the same whenever its values are the same.

    Its bytes as whole numbers of 64 bits, stirred and summed with odd random weights modulo 2⁶⁴ (multilinear
    hashing, Lemire and Kaser 2014, arXiv:1202.4961): neither the batch around a sample nor the order of sums matters.
    """
    if not batch.numel():
        return torch.zeros(len(batch), dtype=torch.int64, device=batch.device)
    flat = batch.detach().reshape(len(batch), -1)
    if flat.is_floating_point() and flat.itemsize < 4:
        flat = flat.float()
    raw = flat.contiguous().view(torch.uint8)
    missing = -raw.shape[1] % 8
    if missing:
        raw = torch.nn.functional.pad(raw, (0, missing))
    elif raw.storage_offset() % 8:
        raw = raw.clone()
    whole = raw.reshape(-1).view(torch.int64).reshape(len(raw), -1)
    if whole.shape[1] > 4096:
        whole = whole[:, :: whole.shape[1] // 2048]
    stirred = whole ^ (whole >> 29)
    return stirred.mul_(_weights(whole.shape[1]).to(whole.device)).sum(1)


@lru_cache(8)
def _weights(count: int) -> Tensor:
    """Odd numbers of 64 bits, the same in every process; from a generator of their own."""
    drawn = np.random.default_rng(0x5EED).integers(-(2**63), 2**63 - 1, count, dtype=np.int64)
    return torch.from_numpy(drawn | 1)


def plain(value: Any, depth: int = 0) -> Any:
    """An argument as data: plain values as they are, sequences of them, else the type's name in brackets."""
    if isinstance(value, _PLAIN):
        return value if not isinstance(value, str) else value[:80]
    if isinstance(value, Tensor):
        return "<tensor>"
    if isinstance(value, slice):
        return f"{value.start}:{value.stop}:{value.step}"
    if isinstance(value, (tuple, list)) and depth < 2:
        return [plain(v, depth + 1) for v in value[:8]]
    if isinstance(value, (torch.dtype, torch.device)):
        return str(value)
    return f"<{type(value).__name__}>"


def tensors(value: Any, depth: int = 0) -> list[Tensor]:
    """All tensors in arguments, outputs or batches, in order: tuples, lists, dicts and objects like them.

    Parameters of lazy layers are none before they have a shape.
    """
    if isinstance(value, Tensor):
        return [] if is_lazy(value) else [value]
    if depth > 4:
        return []
    if isinstance(value, dict) or all(callable(getattr(value, name, None)) for name in ("keys", "values")):
        return [t for v in value.values() for t in tensors(v, depth + 1)]
    if isinstance(value, (tuple, list)):
        return [t for v in value for t in tensors(v, depth + 1)]
    data = getattr(value, "__dict__", None)
    if data and type(value).__module__.split(".")[0] not in ("torch", "builtins", "numpy"):
        return [
            t
            for v in data.values()
            if isinstance(v, (Tensor, tuple, list, dict))
            for t in tensors(v, depth + 1)
        ]
    return []
