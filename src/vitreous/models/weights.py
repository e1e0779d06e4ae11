"""Weights from elsewhere: load them, freeze them, and tell early layers from late ones.

Transfer: Yosinski et al., "How transferable are features in deep neural networks?", 2014.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from vitreous.errors import ModelError
from vitreous.models import head_name

WRAPPERS = ("state_dict", "model_state_dict", "model")
PREFIXES = ("module.", "_orig_mod.")  # of DataParallel and of torch.compile


def load_weights(model: nn.Module, path: str | Path) -> list[str]:
    """Give a model the weights of a file; a last layer of another size stays as it started.

    Args:
        model: What gets them; changed in place, or left untouched if this raises.
        path: A ``.safetensors`` file, a ``.pt`` or ``.pth`` file that holds only tensors, or a run's
            folder.

    Returns:
        What was not as in the file, one line each: which tensors were left at their start, and why.

    Raises:
        ModelError: if the file is missing, damaged, or holds anything but tensors (it is never
            unpickled), or if more than the last layer does not fit.
    """
    given = _read(Path(path))
    own = model.state_dict()
    head = _head_prefix(model)
    fits: dict[str, Tensor] = {}
    notes: list[str] = []
    misfits: list[str] = []
    for name in dict.fromkeys([*own, *given]):
        if name in own and name in given and own[name].shape == given[name].shape:
            fits[name] = given[name]
        elif name.endswith("num_batches_tracked") and name not in given:
            continue  # files from before PyTorch 0.4 lack this counter
        else:
            reason = _difference(own.get(name), given.get(name))
            (notes if name.startswith(head) else misfits).append(f"{name} {reason}")
    if misfits:
        message = f"{len(fits)} of {len(own)} tensors fit the model; the first that does not: {misfits[0]}."
        raise ModelError(message, where=str(path), hint="Is it the same architecture, with the same options?")
    model.load_state_dict(fits, strict=False)
    return [f"{note}: left as it was initialized" for note in notes]


def _head_prefix(model: nn.Module) -> str:
    """How the names of the last layer's parameters begin."""
    head = head_name(model)
    return f"{head}." if head else ""


def _difference(own: Tensor | None, given: Tensor | None) -> str:
    """In what a tensor of the model and one of the file differ."""
    if given is None:
        return "is not in the file"
    if own is None:
        return "is not in the model"
    return f"is {list(given.shape)} in the file, {list(own.shape)} in the model"


def _read(path: Path) -> dict[str, Tensor]:
    """The tensors of a file, by plain names."""
    if path.is_dir():
        path = path / "model.safetensors"
    if not path.is_file():
        raise ModelError("there is no such file of weights.", where=str(path))
    if path.suffix == ".safetensors":
        try:
            return _plain(load_file(path), path)
        except SafetensorError as error:
            raise ModelError(f"it is no safetensors file, or damaged: {error}.", where=str(path)) from error
    if path.suffix in (".pt", ".pth"):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # on its way to refusing a file torch has remarks on it
                return _plain(torch.load(path, weights_only=True, map_location="cpu"), path)
        except ModelError:
            raise
        except Exception as error:
            message = "it holds more than tensors, or is damaged; opening it could run code, so it was not."
            hint = "Save with torch.save(model.state_dict(), path), or as safetensors."
            raise ModelError(message, where=str(path), hint=hint) from error
    message = (
        f"expected a .safetensors, .pt or .pth file, or a run's folder; came {path.suffix or 'no suffix'}."
    )
    raise ModelError(message, where=str(path))


def _plain(loaded: Any, path: Path) -> dict[str, Tensor]:
    """Without the wrappers that training scripts and parallel modules put around a state dict."""
    while isinstance(loaded, Mapping):
        wrapper = next((key for key in WRAPPERS if isinstance(loaded.get(key), Mapping)), None)
        if wrapper is None:
            break
        loaded = loaded[wrapper]
    if (
        not isinstance(loaded, Mapping)
        or not loaded
        or not all(isinstance(v, Tensor) for v in loaded.values())
    ):
        raise ModelError("expected tensors by name; it holds something else.", where=str(path))
    tensors = dict(loaded)
    for prefix in PREFIXES * 2:  # they nest, in either order
        if all(name.startswith(prefix) for name in tensors):
            tensors = {name.removeprefix(prefix): value for name, value in tensors.items()}
    return tensors


def freeze(model: nn.Module, what: str) -> list[str]:
    """Keep parameters as they are: they get no gradients any more.

    Running statistics of a frozen batch norm still move while the model is in training mode.

    Args:
        model: Changed in place.
        what: "backbone" for everything but the last layer, or how the parameters' names begin.

    Returns:
        The names that were frozen.

    Raises:
        ModelError: if there are none, or none would be left to train.
    """
    parameters = dict(model.named_parameters())
    if what == "backbone":
        head = _head_prefix(model)
        frozen = [name for name in parameters if not name.startswith(head)]
    else:
        frozen = [name for name in parameters if name == what or name.startswith(what.rstrip(".") + ".")]
        frozen = frozen or [name for name in parameters if name.startswith(what)]
    if not frozen:
        children = ", ".join(dict.fromkeys(name.partition(".")[0] for name in parameters))
        raise ModelError(
            f"no parameter's name begins with {what!r}.", hint=f"There are: backbone, {children}."
        )
    for name in frozen:
        parameters[name].requires_grad_(False)
    if not any(parameter.requires_grad for parameter in parameters.values()):
        for name in frozen:
            parameters[name].requires_grad_(True)
        raise ModelError(f"with {what!r} frozen nothing is left to train.", hint="Freeze less.")
    return frozen


def stages(model: nn.Module) -> list[list[str]]:
    """Names of all parameters, grouped from the input to the head.

    A stage is a child of the model or, where a child is a stack, one block of the stack.
    """
    groups = _split(model, "")
    return [group for group in groups if group]


def _split(module: nn.Module, prefix: str) -> list[list[str]]:
    """The stages of one module: one for each block it stacks, or for each child."""
    groups = [[prefix + name for name, _ in module.named_parameters(recurse=False)]]
    stacked = isinstance(module, nn.Sequential | nn.ModuleList)
    for name, child in module.named_children():
        inner = f"{prefix}{name}."
        stacks = any(isinstance(c, nn.Sequential | nn.ModuleList) for c in child.children())
        is_stack = isinstance(child, nn.Sequential | nn.ModuleList)
        if not stacked and (is_stack or stacks):
            groups += _split(child, inner)
        else:
            groups.append([inner + parameter for parameter, _ in child.named_parameters()])
    return groups
