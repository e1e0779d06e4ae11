"""The zoo: one architecture a file, found by name.

Every module here with a table ``MODELS: dict[str, builder]`` belongs to it. A builder takes an
`InputSpec`, a `Task` and keyword options, and returns an ``nn.Module`` that gives logits (raw numbers,
no softmax): the loss has the rest. ``SUGGESTED: dict[str, value]``, if a module has it, holds settings
of the recipe that suit its models better than the general ones.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import ModuleType

from torch import nn

from vitreous.data.types import InputSpec, Task
from vitreous.errors import ModelError, did_you_mean
from vitreous.models.accepts import SUITS, Builder, check_options
from vitreous.models.custom import build_custom, is_custom


@cache
def _zoo() -> dict[str, tuple[Builder, ModuleType]]:
    """Each model's builder, and the module it is from."""
    zoo: dict[str, tuple[Builder, ModuleType]] = {}
    for found in pkgutil.iter_modules(__path__, prefix=f"{__name__}."):
        module = import_module(found.name)
        zoo |= {name: (builder, module) for name, builder in getattr(module, "MODELS", {}).items()}
    return zoo


def names() -> list[str]:
    """All models of the zoo, in alphabetical order."""
    return sorted(_zoo())


def build(name: str, input: InputSpec, task: Task, options: Mapping[str, object] | None = None) -> nn.Module:
    """A network that takes such inputs and does such a task, with fresh weights.

    Args:
        name: A model of the zoo, ``file.py:Class`` or ``package.module:callable``.
        input: What an example looks like.
        task: What is predicted.
        options: The builder's keyword arguments.

    Raises:
        ModelError: for an unknown name or option, a value of the wrong type, inputs or a task the model
            does not take, or a callable that fails.
    """
    if is_custom(name):
        return build_custom(name, input, task, options or {})
    make = builder(name)
    return make(input, task, **check_options(name, make, options or {}))


def builder(name: str) -> Builder:
    """The function that builds a model of the zoo; raises ModelError for an unknown name."""
    return _find(name)[0]


def suggested(name: str) -> dict[str, object]:
    """Settings of the recipe that suit this model better than the general ones; often none."""
    return {} if is_custom(name) else dict(getattr(_find(name)[1], "SUGGESTED", {}))


def _find(name: str) -> tuple[Builder, ModuleType]:
    """A model of the zoo by its name."""
    if name not in _zoo():
        raise ModelError(f"there is no model {name!r}.", where="model.name", hint=did_you_mean(name, names()))
    return _zoo()[name]


def choose(input: InputSpec, task: Task, examples: int) -> tuple[str, str]:
    """The model to try first, and why in one sentence.

    Args:
        input: What an example looks like.
        task: What is predicted.
        examples: How many there are to learn from.
    """
    if task.kind == "reconstruction":
        return "autoencoder", "To rebuild its input, an autoencoder squeezes it through a short code."
    if task.kind == "next-token":
        return "transformer", "To continue a text, a causal transformer looks back at every token before."
    if task.kind == "tagging":
        return "lstm", "To tag each token, an LSTM reads the text in both directions."
    if input.kind == "tokens" and examples < 10_000:
        return "lstm", f"With {examples:,} texts, an LSTM learns from less than a transformer needs."
    if input.kind == "image":
        channels, height, width = input.shape
        if channels == 1 and max(height, width) <= 32:
            return "cnn", f"For grey images of {height}×{width}, a small convolutional network is enough."
        return "resnet18", f"For images of {channels}×{height}×{width}, residual connections let depth pay."
    reasons = {
        "features": "For columns of numbers, a multilayer perceptron.",
        "tokens": f"With {examples:,} texts, a transformer can learn which words matter to which.",
        "sequence": "For steps in time, a GRU keeps a state and has fewer weights than an LSTM.",
    }
    return SUITS[input.kind], reasons[input.kind]


def head_name(model: nn.Module) -> str:
    """The module whose parameters make the outputs: what transfer replaces, and freezing leaves free.

    That is what the model's attribute ``head_name`` says; else its last linear layer; else the last
    module that has parameters of its own.

    Raises:
        ModelError: if the model has no parameters.
    """
    declared: object = getattr(model, "head_name", None)
    if isinstance(declared, str):
        return declared
    owners = {str(name): m for name, m in model.named_modules() if list(m.parameters(recurse=False))}
    if not owners:
        raise ModelError("the model has no parameters, so nothing can be learned.")
    linear = [name for name, module in owners.items() if isinstance(module, nn.Linear)]
    return linear[-1] if linear else list(owners)[-1]
