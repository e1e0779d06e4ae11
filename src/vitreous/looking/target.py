"""What the command line looks at: a run's folder, ``file.py:Class`` or ``package.module:callable``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from vitreous.data.types import InputSpec, Task
from vitreous.errors import DataError, UsageError
from vitreous.looking.trace import Trace, look


def look_at(
    target: str, *, input: Path | None = None, label: Path | None = None, sample: int = 0, loss: str | None = None,
    training: bool = False, trust: bool = False,
) -> Trace:  # fmt: skip
    """Looks at what a person names.

    Args:
        target: A run's folder, or where a network is.
        input: An ``.npy`` file with a batch, where the network is not a run's.
        label: An ``.npy`` file with its targets.
        sample: Which of the run's test examples.
        loss: The loss by name.
        training: In training mode: with dropout, batch statistics.
        trust: Load a run's own code even if it was not trained here.

    Raises:
        VitreousError: when there is no such run, file, class, example or loss.
    """
    if is_network(target):
        return _module(target, input, label, loss, training)
    if target.endswith(".py"):
        raise UsageError(
            "expected the network in that file too.", where=target, hint=f"Name it: {target}:Class, or a function."
        )  # fmt: skip
    return _run(target, input, label, sample, loss, training, trust)


def is_network(target: str) -> bool:
    """Whether a person named a network by where it is, and not a run."""
    return ":" in target and not Path(target).exists()


def _module(target: str, input: Path | None, label: Path | None, loss: str | None, training: bool) -> Trace:
    from vitreous.models.custom import build_custom

    if input is None:
        raise UsageError(
            "there is no input for the network.", where=target,
            hint="Give a batch as it takes it: --input x.npy (NumPy's np.save).",
        )  # fmt: skip
    x = read_array(input)
    y = None if label is None else read_array(label)
    spec = InputSpec("features", tuple(x.shape[1:]) or (1,))
    outputs = int(y.max()) + 1 if y is not None and y.dtype.kind in "iu" else 1
    model: nn.Module = build_custom(target, spec, Task("regression", outputs), {})
    return look(model.train(training), x, y, loss=loss)


def _run(
    target: str, input: Path | None, label: Path | None, sample: int, loss: str | None, training: bool, trust: bool
) -> Trace:  # fmt: skip
    from vitreous.looking.marks import marks_of
    from vitreous.training.losses import make_loss
    from vitreous.training.run import Run

    if label is not None and input is None:
        raise UsageError(
            "it belongs to --input.", where="--label", hint="A run's own examples have theirs: --sample 7."
        )
    run = Run(target, trust=trust)
    model = run.model.train(training)
    if input is not None:
        found = look(model, read_array(input), None if label is None else read_array(label), loss=loss)
        found.marks = marks_of(run)
        return found
    x, y = run.example(sample)
    found = look(model, x, y, loss=loss or make_loss(run.task, run.recipe.train, run.class_counts, model))
    found.marks = marks_of(run)
    found.notes.insert(0, f"Example {sample} of the run's test data.")
    return found


def read_array(path: Path) -> Any:
    """An array from an ``.npy`` file, without unpickling anything.

    Raises:
        DataError: when the file is missing, or holds no array of numbers.
    """
    try:
        array = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise DataError("there is no such file.", where=str(path)) from None
    except (ValueError, OSError, EOFError) as error:
        said = "it cannot be read" if isinstance(error, OSError) else "this is none, or one of Python objects"
        raise DataError(
            f"expected an array of numbers saved by np.save; {said}.", where=str(path),
            hint="Save the batch with np.save('x.npy', x).",
        ) from None  # fmt: skip
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiub":
        raise DataError(
            "expected one array of numbers.", where=str(path), hint="Save it with np.save('x.npy', x)."
        )
    return array
