"""The page of what the command line looks at: of a run with what it has learned, and its own optimizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vitreous.errors import DataError
from vitreous.looking.page import html
from vitreous.looking.subject import subject_of
from vitreous.looking.trace import Trace
from vitreous.looking.view import show_all
from vitreous.report import numbers
from vitreous.report import values as words
from vitreous.training.run import Run

OPTIMIZERS = {"sgd": ("lr", "momentum", "weight_decay"), "adam": ("lr", "betas"), "adamw": ("lr", "betas", "weight_decay")}


def write_page(trace: Trace, target: str, path: Path, *, sample: int | None = 0, trust: bool = False) -> Path:
    """Writes the page of a trace.

    Args:
        trace: One step through the network.
        target: A run's folder, or where a network is.
        path: Where to.
        sample: The run's example that was traced; None where the input was the person's own.
        trust: Load a run's own code even if it was not trained here.

    Raises:
        VitreousError: when the run cannot be read, or the file cannot be written.
    """
    if ":" in target and not Path(target).exists():
        return html.write(trace, path, title=target)
    run = Run(target, trust=trust)
    title = f"{Path(run.recipe.model.name).name} on {Path(run.recipe.data.source).name or run.recipe.data.source}"
    name, options = optimizer_of(run)
    views, lead = [], ""
    if sample is not None:
        try:
            subject = subject_of(run, sample)
        except DataError as error:  # no test data: what can be said without examples is still said
            lead = words.text(error.message, 200)
        else:
            views = show_all(subject)
            lead = f"Made with the run's best weights from {numbers.count(len(subject.raw))} examples of its test data."
    return html.write(trace, path, title=title, views=views, lead=lead, optimizer=name, options=options)


def optimizer_of(run: Run) -> tuple[str, dict[str, Any]]:
    """The run's optimizer with its settings; Adam's where a step of its own is not known by hand."""
    recipe = run.recipe.optimizer
    if recipe.name not in OPTIMIZERS:
        return "adam", {}
    return recipe.name, {setting: getattr(recipe, setting) for setting in OPTIMIZERS[recipe.name]}
