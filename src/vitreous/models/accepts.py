"""What a builder accepts: its kinds of inputs, its tasks, the types of its options.

An option's annotation is its check: ``layers: Count`` refuses 0, 2.5 and "two".
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError
from torch import nn

from vitreous.data.types import InputKind, InputSpec, Task, TaskKind
from vitreous.errors import ModelError, did_you_mean

Builder = Callable[..., nn.Module]
Count = Annotated[int, Field(strict=True, ge=1)]
Rate = Annotated[float, Field(strict=True, ge=0, lt=1)]  # a share, for dropout
Switch = Annotated[bool, Field(strict=True)]

FLOATS: tuple[InputKind, ...] = ("features", "image", "sequence")
VECTORS: tuple[TaskKind, ...] = ("binary", "multiclass", "multilabel", "regression", "forecast")
SUITS: dict[InputKind, str] = {"features": "mlp", "image": "cnn", "tokens": "transformer", "sequence": "gru"}


def require(
    name: str, input: InputSpec, task: Task, inputs: tuple[InputKind, ...], tasks: tuple[TaskKind, ...]
) -> None:
    """Refuse inputs and tasks a model has no answer for.

    Raises:
        ModelError: saying what it takes, what came and which model would suit.
    """
    suits = "autoencoder" if task.kind == "reconstruction" else SUITS[input.kind]
    hint = f"The model {suits!r} would suit."
    if input.kind not in inputs:
        taken = " or ".join(inputs)
        raise ModelError(f"{name} takes inputs of kind {taken}; these are {input.kind}.", hint=hint)
    if task.kind not in tasks:
        taken = ", ".join(tasks)
        raise ModelError(f"{name} does {taken}; the task is {task.kind}.", hint=hint)


def check_options(name: str, builder: Builder, options: Mapping[str, object]) -> dict[str, Any]:
    """The options as the builder's annotations want them (a list becomes a tuple).

    Raises:
        ModelError: for an option the builder does not have, or a value of another type.
    """
    known = {
        key: parameter.annotation
        for key, parameter in inspect.signature(builder, eval_str=True).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    }
    checked = {}
    for key, value in options.items():
        if key not in known:
            hint = did_you_mean(key, known) or "It has no options."
            raise ModelError(f"{name} has no option {key!r}.", where=f"model.{key}", hint=hint)
        try:
            checked[key] = TypeAdapter(known[key]).validate_python(value)
        except ValidationError as error:
            wishes = dict.fromkeys(e["msg"].removeprefix("Input should be ") for e in error.errors())
            raise ModelError(
                f"expected {' or '.join(wishes)}; came {value!r}.", where=f"model.{key}"
            ) from None
    return checked
