"""The page of what the command line looks at: its trace, what it has learned, and of a run its own optimizer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from vitreous.errors import DataError, RunError
from vitreous.looking.losses import prediction
from vitreous.looking.page import html
from vitreous.looking.subject import Subject, subject_from, subject_of
from vitreous.looking.trace import Trace
from vitreous.looking.view import Shown, show_all
from vitreous.report import numbers
from vitreous.report import values as words
from vitreous.training.run import Run

OPTIMIZERS = {
    "sgd": ("lr", "momentum", "weight_decay"),
    "adam": ("lr", "betas"),
    "adamw": ("lr", "betas", "weight_decay"),
}


def write_page(
    trace: Trace, target: str, path: Path, *, sample: int | None = 0, trust: bool = False, plane: str = "",
    only: Sequence[str] | None = None,
) -> Path:  # fmt: skip
    """Writes the page of a trace.

    Args:
        trace: One step through the network.
        target: A run's folder, or where a network is.
        path: Where to.
        sample: The run's example that was traced; None where the input was the person's own.
        trust: Load a run's own code even if it was not trained here.
        plane: Two inputs for the decision boundary.
        only: The views wanted; all by default.

    Raises:
        VitreousError: when the run cannot be read, or the file cannot be written.
    """
    if ":" in target and not Path(target).exists():
        return write_trace(trace, path, target, only, plane)
    run = Run(target, trust=trust)
    name, options = optimizer_of(run)
    if sample is None:
        views = _of_batch(trace, only, plane)
    else:
        try:
            views = of_examples(subject_of(run, sample, plane=plane), only)
        except (
            DataError,
            RunError,
        ) as error:  # no test data: what can be said without examples is still said
            views = {"views": [], "lead": words.text(str(error), 300)}
    return html.write(trace, path, title=title_of(run), optimizer=name, options=options, **views)


def write_trace(
    trace: Trace, path: Path, title: str = "", only: Sequence[str] | None = None, plane: str = ""
) -> Path:
    """The page of a trace alone, with what can be seen of the network by the batch that it was given."""
    return html.write(trace, path, title=title, **_of_batch(trace, only, plane))


def title_of(run: Run) -> str:
    """What a page about a run is called."""
    recipe = run.recipe
    return f"{Path(recipe.model.name).name} on {Path(recipe.data.source).name or recipe.data.source}"


def of_examples(subject: Subject, only: Sequence[str] | None) -> dict[str, Any]:
    """What a run has learned, and from what that was made."""
    many = numbers.count(len(subject.raw))
    return {
        "views": show_all(subject, only),
        "lead": f"Made with the run's best weights from {many} examples of its test data.",
    }


def _of_batch(trace: Trace, only: Sequence[str] | None, plane: str = "") -> dict[str, Any]:
    """What can be seen of a network with the batch that it was given."""
    views: list[Shown] = []
    given = [v.tensor.detach() for v in trace.inputs.values()]
    if trace.network is not None and len(given) == 1:
        target: Tensor | None = next((v.tensor for v in trace.values if v.role == "target"), None)
        outputs = prediction(trace.output)
        if outputs is not None:
            subject = subject_from(trace.network, given[0], target, outputs, plane=plane)
            views = show_all(subject, only) if subject is not None else []
    return {"views": views, "lead": "Made from the batch that was given." if views else ""}


def optimizer_of(run: Run) -> tuple[str, dict[str, Any]]:
    """The run's optimizer with its settings; Adam's where a step of its own is not known by hand."""
    recipe = run.recipe.optimizer
    if recipe.name not in OPTIMIZERS:
        return "adam", {}
    return recipe.name, {setting: getattr(recipe, setting) for setting in OPTIMIZERS[recipe.name]}
