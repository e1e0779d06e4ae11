"""What is differentiated: the loss a person names, the one their target suggests, or without a target a score."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from vitreous.errors import UsageError, did_you_mean

LOSSES: dict[str, Callable[..., Tensor]] = {
    "cross-entropy": F.cross_entropy, "mse": F.mse_loss, "mae": F.l1_loss, "huber": F.huber_loss,
    "binary-cross-entropy": F.binary_cross_entropy_with_logits, "nll": F.nll_loss, "kl": F.kl_div,
}  # fmt: skip

# Where models keep what they predict, in the order they are looked for.
PREDICTIONS = ("logits", "out", "output", "prediction", "predictions", "last_hidden_state")


def named(loss: Any) -> Callable[..., Tensor] | None:
    """A loss by its name, or the callable itself.

    Raises:
        UsageError: when there is no loss of the name, or it cannot be called.
    """
    if loss is None or callable(loss):
        return loss  # type: ignore[no-any-return]
    if not isinstance(loss, str):
        raise UsageError(
            f"expected a loss to be a name or a function; came {type(loss).__name__}.", where="loss"
        )
    if loss not in LOSSES:
        raise UsageError(f"there is no loss {loss!r}.", where="loss", hint=did_you_mean(loss, LOSSES))
    return LOSSES[loss]


def prediction(outputs: Any) -> Tensor | None:
    """The tensor of a model's outputs that a loss or score is of: by name in dicts and dataclasses, else the first."""
    found = parts(outputs)
    floats = {name: t for name, t in found.items() if t.is_floating_point()}
    for name in PREDICTIONS:
        if name in floats:
            return floats[name]
    return next(iter(floats.values()), None)


def parts(outputs: Any, prefix: str = "") -> dict[str, Tensor]:
    """Every tensor in what a model gave, by a name: a tensor, or tuples, dicts and dataclasses of them."""
    if isinstance(outputs, Tensor):
        return {prefix or "output": outputs}
    if isinstance(outputs, Mapping):
        inner: Any = outputs.items()
    elif dataclasses.is_dataclass(outputs):
        inner = ((field.name, getattr(outputs, field.name)) for field in dataclasses.fields(outputs))
    elif hasattr(outputs, "_asdict"):
        inner = outputs._asdict().items()
    elif isinstance(outputs, list | tuple):
        inner = enumerate(outputs)
    else:
        return {}
    found: dict[str, Tensor] = {}
    for name, value in inner:
        found |= parts(value, f"{prefix}.{name}" if prefix else str(name))
    return found


def differentiated(
    outputs: Any, target: Any, loss: Callable[..., Tensor] | None
) -> tuple[Tensor | None, str]:
    """The number whose gradients are shown, and what it is.

    With a loss, the loss (its mean, should it give one each). With a target only, the loss that the two suggest. With
    neither, the loss that the model itself gave, else the sum of each example's largest output: its score.

    Raises:
        UsageError: when outputs and target suggest no loss.
    """
    if loss is not None:
        value = loss(outputs, target) if target is not None else loss(outputs)
        if not isinstance(value, Tensor):
            raise UsageError(
                f"expected the loss to give a tensor; it gave a {type(value).__name__}.", where="loss"
            )
        return (value, "the loss") if value.ndim == 0 else (value.mean(), "the mean of the loss")
    own = parts(outputs).get("loss")
    if own is not None and own.ndim == 0:
        return own, "the loss the model gives"
    predicted = prediction(outputs)
    if predicted is None:
        return None, "nothing: the outputs have no decimal numbers"
    if target is not None:
        return _suggested(predicted, target)
    flat = predicted.reshape(len(predicted), -1) if predicted.ndim > 1 else predicted.reshape(1, -1)
    return flat.amax(
        1
    ).sum(), "the largest output of each example" if predicted.ndim > 1 else "the largest output"


def _suggested(predicted: Tensor, target: Tensor) -> tuple[Tensor, str]:
    if not target.is_floating_point():
        if (
            predicted.ndim == target.ndim + 1
            and predicted.shape[0] == target.shape[0]
            and predicted.shape[-1] > 1
        ):
            if predicted.ndim > 2 and predicted.shape[1:-1] == target.shape[1:]:
                return F.cross_entropy(predicted.flatten(0, -2), target.long().flatten()), "cross-entropy"
            return F.cross_entropy(predicted, target.long()), "cross-entropy"
        if predicted.numel() == target.numel():
            goal = target.to(predicted.dtype).reshape(predicted.shape)
            return F.binary_cross_entropy_with_logits(predicted, goal), "binary cross-entropy"
    elif predicted.numel() == target.numel():
        return F.mse_loss(
            predicted, target.to(predicted.dtype).reshape(predicted.shape)
        ), "mean squared error"
    if predicted.ndim and target.ndim and len(predicted) != len(target):
        raise UsageError(
            f"there are {len(predicted)} outputs and {len(target)} targets.", where="y",
            hint="Give each example its target.",
        )  # fmt: skip
    raise UsageError(
        f"outputs of shape {list(predicted.shape)} and a target of shape {list(target.shape)} ({target.dtype}) "
        "suggest no loss.",
        where="loss",
        hint=f"Name one: {', '.join(LOSSES)}; or give a function of (outputs, target).",
    )


def what_suits(outputs: Any, error: BaseException) -> str:
    """What to do about a loss that could not be computed."""
    predicted = prediction(outputs)
    if isinstance(error, IndexError) and predicted is not None and predicted.ndim > 1:
        classes = predicted.shape[1]
        return f"The network gives {classes} numbers for each example: its classes are 0 to {classes - 1}."
    return "Give a loss that suits outputs and target, as a function of (outputs, target)."


def as_tensor(value: Any, where: str) -> Any:
    """Arrays and numbers as tensors; what is already one, and what cannot be, as it is.

    Raises:
        UsageError: for an array of objects.
    """
    if value is None or isinstance(value, Tensor | str):
        return value
    if isinstance(value, tuple | list) and any(isinstance(v, Tensor) for v in value):
        return type(value)(as_tensor(v, where) for v in value)
    try:
        made = torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError):
        return value
    return made.float() if made.dtype == torch.float64 and not isinstance(value, Tensor) else made
