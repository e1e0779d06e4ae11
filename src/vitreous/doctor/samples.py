"""A few real samples for questions to a model, and the same with one place changed."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from vitreous.record.measure import tensors

_LEAST_PADDED = 3
_SIZES = (7, 5, 11, 3)  # of the small batch: one that is no other size of the input


def batch(session: Any, number: int) -> tuple[Any, tuple[Any, ...], dict[str, Any]] | None:
    """A model with the arguments of its last call, cut (or filled up) to a few samples.

    Returns:
        None where the arguments have no tensor that a batch could be told from.
    """
    model, args, kwargs = session.models.last[number]
    given = tensors([args, kwargs])
    if not given or not given[0].ndim:
        return None
    length = len(given[0])
    size = next((s for s in _SIZES if s not in list(given[0].shape[1:])), 7)
    alone = len(given) == 1
    if length < size and alone:
        more = _training_rows(session, given[0])
        if more is None or len(more) < size:
            return (model, args, kwargs) if length > 2 else None
        return model, *_mapped(args, kwargs, lambda t: more[:size])
    if length < 3:  # evaluated one by one, say: the last batch that had more
        if number not in session.models.several:
            return None
        model, args, kwargs = session.models.several[number]
        length = len(tensors([args, kwargs])[0])
    size = min(size, length)
    return model, *_mapped(args, kwargs, lambda t: t[:size] if t.ndim and len(t) == length else t)


def _training_rows(session: Any, like: Tensor) -> Tensor | None:
    for name in ("train.inputs", "evaluation.inputs"):
        rows = session.data.rows(name)
        if rows is not None and list(rows.shape[1:]) == list(like.shape[1:]):
            return torch.as_tensor(rows[:512]).to(like.dtype).to(like.device)
    return None


def _mapped(args: Any, kwargs: Any, act: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    def one(value: Any) -> Any:
        if isinstance(value, Tensor):
            return act(value.detach())
        if type(value) in (tuple, list):
            return type(value)(one(v) for v in value)
        if type(value) is dict:
            return {k: one(v) for k, v in value.items()}
        return value

    return tuple(one(a) for a in args), {k: one(v) for k, v in kwargs.items()}


def with_sample_changed(args: Any, kwargs: Any, sample: int) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """One sample (dimension 0) replaced by another."""
    length = len(tensors([args, kwargs])[0])

    def act(tensor: Tensor) -> Tensor:
        if not tensor.ndim or len(tensor) != length:
            return tensor
        other = tensor.clone()
        other[sample] = other_values(tensor)[sample]
        return other

    return _mapped(args, kwargs, act)


def with_time_changed(
    args: Any, kwargs: Any, after: int, length: int, axis: int = 1
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Everything later than a place along the axis of time replaced."""

    def act(tensor: Tensor) -> Tensor:
        if tensor.ndim < 2 or tensor.shape[axis] != length:
            return tensor
        other, values = tensor.clone(), other_values(tensor)
        other.movedim(axis, 1)[:, after + 1 :] = values.movedim(axis, 1)[:, after + 1 :]
        return other

    return _mapped(args, kwargs, act)


def with_all_changed(args: Any, kwargs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Every sample replaced by another one."""
    return _mapped(args, kwargs, lambda t: other_values(t) if t.ndim else t)


def exchanged(args: Any, kwargs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Every sample replaced by another of the batch, so that all values are such as there are."""
    return _mapped(args, kwargs, lambda t: t.roll(1, 0) if t.ndim else t)


def with_content_changed(
    args: Any, kwargs: Any
) -> tuple[tuple[tuple[Any, ...], dict[str, Any]], tuple[tuple[Any, ...], dict[str, Any]]] | None:
    """The samples of a padded batch that have padding, as they are and with all but the padding changed.

    Returns:
        Both as arguments and keyword arguments; None where no padding can be told, or fewer than 3 samples have any.
    """
    given = tensors([args, kwargs])[0]
    empty = _padding(given)
    if empty is None:
        return None
    length, rows = len(given), empty.reshape(len(given), -1).any(1)
    if int(rows.sum()) < _LEAST_PADDED:
        return None
    cut = _mapped(args, kwargs, lambda t: t[rows] if t.ndim and len(t) == length else t)
    empty, short = empty[rows], given[rows]
    if not given.is_floating_point():  # what begins every sentence is no content
        empty = empty | (short == short[:1]).all(0)
    full = short[~empty]
    moved = short.masked_scatter(~empty, other_values(full) if full.numel() else full)
    if given.is_floating_point():
        moved = torch.where(empty, short, other_values(short))
    first = iter([True])  # the lengths and masks beside the batch stay what they are
    return cut, _mapped(*cut, lambda t: moved if next(first, False) else t)


def _padding(batch: Tensor) -> Tensor | None:
    """Where a batch of sequences is filled up at its end (or its beginning): one value, to the end of each sample."""
    if batch.ndim < 2 or batch.dtype == torch.bool or batch.shape[1] < 2:
        return None
    for value in (batch[0].reshape(-1)[0], batch[0].reshape(-1)[-1], 0):
        empty = batch == value
        along = empty.reshape(*empty.shape[:2], -1).all(2)
        for one in (along, along.flip(1)):  # filled up at the end, or at the beginning
            filled = one.flip(1).int().cumprod(1).flip(1).bool()
            lone = (one & ~filled).any()  # the value in the middle of a sample is content
            every = bool((filled == filled[:1]).all())  # of the same length: what begins or ends every sample
            if bool(filled.any()) and not bool(lone) and not every:
                found: Tensor = filled if one is along else filled.flip(1)
                return found.reshape(*found.shape, *[1] * (batch.ndim - 2)).expand_as(batch)
    return None


def other_values(tensor: Tensor) -> Tensor:
    """Values of the same kind that differ in every sample: numbers moved and scaled, class numbers exchanged."""
    if tensor.dtype == torch.bool or not tensor.numel():
        return tensor
    if not tensor.is_floating_point():
        low, high = int(tensor.min()), int(tensor.max())
        return (tensor - low + 1) % (high - low + 1) + low
    spread = float(tensor.float().std()) if tensor.numel() > 1 else 1.0
    noise = torch.sin(torch.arange(tensor.numel(), dtype=torch.float32) * 12.9898 + 0.5).view(tensor.shape)
    return tensor.roll(1, 0) + noise.to(tensor) * (spread or 1.0)
