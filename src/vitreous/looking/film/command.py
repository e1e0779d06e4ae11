"""What ``vitreous look RUN --through-training`` does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vitreous.errors import UsageError
from vitreous.looking.film import export as exporting
from vitreous.looking.film import page
from vitreous.looking.film.frames import Frame, frames_of
from vitreous.looking.page.target import title_of
from vitreous.looking.target import is_network
from vitreous.training.run import Run


def film(
    target: str, *, html: Path | None, export: Path | None, frames: int, sample: int = 0, trust: bool = False,
    views: Sequence[str] | None = None, plane: str = "",
) -> tuple[list[Frame], list[Path]]:  # fmt: skip
    """Makes the frames of a run and writes what is asked for.

    Args:
        target: The run's folder.
        html: Where the page goes.
        export: Where pictures go: .gif, .png or .svg; of the first of the views wanted.
        frames: Most frames.
        sample: Which test example is shown alone.
        trust: Load the run's own code even if it was not trained here.
        views: Names of those wanted; all by default.
        plane: Two inputs for the decision boundary.

    Returns:
        The frames, and the files that were written.

    Raises:
        VitreousError: when there is no run, it kept no snapshots, or a file cannot be written.
    """
    if is_network(target):
        raise UsageError(
            "expected a run: only a run keeps snapshots of its training.", where=target,
            hint="Train it: vitreous train DATA --model file.py:Class --set train.keep_checkpoints=12.",
        )  # fmt: skip
    if html is None and export is None:
        raise UsageError(
            "expected a file to write.", where="--through-training",
            hint="--html film.html for the page, --export film.gif (or .png, .svg) for pictures.",
        )  # fmt: skip
    if frames < 1:
        raise UsageError(f"expected at least 1 frame; came {frames}.", where="--frames")
    if export is not None and export.suffix.lower() not in exporting.KINDS:
        raise UsageError(
            f"expected a file name that ends in {', '.join(exporting.KINDS)}.", where=str(export)
        )
    run = Run(target, trust=trust)
    found = frames_of(run, sample, most=frames, only=views, plane=plane)
    written = []
    if html is not None:
        written.append(page.write(found, html, title_of(run)))
    if export is not None:
        written.append(exporting.export(found, export, views[0] if views else ""))
    return found, written
