"""What goes in: arrays and tensors brought to the model's device, and an explanation where they do not fit it."""

from __future__ import annotations

import linecache
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from vitreous.errors import ModelError, UsageError
from vitreous.looking.losses import as_tensor

OWN = (str(Path(__file__).parents[1]), str(Path(torch.__file__).parent))


@dataclass
class Prepared:
    """Arguments of the model's forward.

    Attributes:
        args: Positional ones.
        kwargs: By name.
        tensors: Every tensor among them, by the name it is shown with; floats can have gradients.
        target: The target, on the same device.
        device: Where the model is.
        notes: What was done to them.
    """

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    tensors: dict[str, Tensor]
    target: Any
    device: torch.device
    notes: list[str] = field(default_factory=list)


def prepare(model: nn.Module, x: Any, y: Any) -> Prepared:
    """Brings an input and a target to the model.

    Raises:
        UsageError: when the input is missing, or is nothing that a network takes.
        ModelError: when the model is no module, or has weights without numbers (on the meta device).
    """
    if _device(model).type == "meta":
        raise ModelError(
            "the weights are on the meta device: they have shapes but no numbers.",
            where=type(model).__name__,
            hint="Use vt.structure(model, x) for its structure alone.",
        )
    prepared = bring_all(model, x)
    y = as_tensor(y, "y")
    prepared.target = y.detach().to(prepared.device) if isinstance(y, Tensor) else y
    return prepared


def bring_all(model: nn.Module, x: Any) -> Prepared:
    """The input alone, on the model's device; also for a model without numbers.

    Raises:
        UsageError: when the input is missing, or the model is none.
    """
    prepared = Prepared((), {}, {}, None, _device(model))
    made = (p for p in model.parameters() if not is_lazy(p))
    dtype = next((p.dtype for p in made if p.is_floating_point()), None)
    if isinstance(x, Mapping):
        prepared.kwargs = {str(name): _bring(value, str(name), dtype, prepared) for name, value in x.items()}
    elif isinstance(x, tuple):
        prepared.args = tuple(_bring(value, f"x{i}", dtype, prepared) for i, value in enumerate(x))
    elif x is None:
        raise UsageError(
            "there is no input.", where="x", hint="Give a tensor or an array that the network takes."
        )
    else:
        prepared.args = (_bring(x, "x", dtype, prepared),)
    return prepared


def _device(model: nn.Module) -> torch.device:
    if not isinstance(model, nn.Module):
        raise UsageError(f"expected an nn.Module; came a {type(model).__name__}.", where="model")
    made = (p for p in model.parameters() if not is_lazy(p))
    return next((p.device for p in made), torch.device("cpu"))


def _bring(value: Any, name: str, dtype: torch.dtype | None, prepared: Prepared) -> Any:
    """One argument on the model's device; floats in the model's precision, if any, and able to have a gradient."""
    value = as_tensor(value, name)
    if isinstance(value, list | tuple):
        return type(value)(_bring(v, f"{name}.{i}", dtype, prepared) for i, v in enumerate(value))
    if not isinstance(value, Tensor):
        return value
    tensor = value.detach()
    if not tensor.numel():
        raise UsageError(f"expected at least one example; the shape is {list(tensor.shape)}.", where=name)
    if tensor.device != prepared.device:
        prepared.notes.append(
            f"{name} was moved from {tensor.device} to {prepared.device}, where the weights are."
        )
        tensor = tensor.to(prepared.device)
    if tensor.is_floating_point():
        if dtype is not None and tensor.dtype != dtype:
            tensor = tensor.to(dtype)
        # Behind a leaf, so that the network may write into its input.
        tensor = tensor.clone().requires_grad_().clone()
    prepared.tensors[name] = tensor
    return tensor


def explain_failure(model: nn.Module, error: BaseException, prepared: Prepared, at: str) -> ModelError:
    """A ModelError for what a model raised: which layer, which line, what came, what the first layer expects.

    Args:
        model: The one that raised.
        error: What it raised.
        prepared: What it was given.
        at: The layer that was running.
    """
    said = str(error).strip().splitlines()
    message = f"{type(error).__name__}: {said[0]}" if said else type(error).__name__
    came = ", ".join(f"{name} {list(t.shape)} {str(t.dtype)[6:]}" for name, t in prepared.tensors.items())
    where = type(model).__name__ + (f", layer {at}" if at else "")
    hints = [f"Came: {came}." if came else ""]
    expected = first_expects(model)
    if expected:
        hints.append(f"The first layer expects {expected}.")
    if "same dtype" in message:
        hints.append("It calculates with decimal numbers: save them so, x.astype('float32').")
    line = _their_line(error)
    if line:
        hints.append(line)
    if len({p.device for p in model.parameters()}) > 1:
        hints.append("Its weights are on several devices: bring all to one with model.to(device).")
    return ModelError(
        f"the network raised {message.rstrip('.')}.", where=where, hint=" ".join(h for h in hints if h)
    )


def first_expects(model: nn.Module) -> str:
    """What the first layer with an opinion takes, in words; "" where none has one."""
    for name, module in model.named_modules():
        kind = f"({name}: {type(module).__name__})" if name else f"({type(module).__name__})"
        if isinstance(module, nn.LazyLinear | nn.modules.conv._LazyConvXdMixin):
            continue
        if isinstance(module, nn.Linear):
            return f"[*, {module.in_features}] {kind}"
        if isinstance(module, nn.Conv1d | nn.Conv2d | nn.Conv3d):
            axes = {1: "length", 2: "height, width", 3: "depth, height, width"}[len(module.kernel_size)]
            return f"[batch, {module.in_channels}, {axes}] {kind}"
        if isinstance(module, nn.Embedding):
            return f"whole numbers from 0 to {module.num_embeddings - 1} {kind}"
        if isinstance(module, nn.RNNBase):
            order = "batch, steps" if module.batch_first else "steps, batch"
            return f"[{order}, {module.input_size}] {kind}"
        if isinstance(module, nn.MultiheadAttention):
            order = "batch, places" if module.batch_first else "places, batch"
            return f"[{order}, {module.embed_dim}] {kind}"
        if isinstance(module, nn.LayerNorm):
            return f"[*, {', '.join(map(str, module.normalized_shape))}] {kind}"
        if isinstance(module, nn.modules.batchnorm._BatchNorm) and module.num_features:
            return f"[batch, {module.num_features}, *] {kind}"
    return ""


def _their_line(error: BaseException) -> str:
    """The innermost line of the person's own code."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith((*OWN, "<"))]
    if not frames:
        return ""
    last = frames[-1]
    text = (last.line or linecache.getline(last.filename, last.lineno or 0)).strip()
    return f"The line: {Path(last.filename).name}:{last.lineno}: {text}"
