"""The film as one offline page: a slider over the frames, which play too; without a script all below each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vitreous.looking import writing
from vitreous.looking.film.frames import Frame
from vitreous.looking.page.html import fill
from vitreous.looking.view import Shown
from vitreous.report import numbers
from vitreous.report import values as words
from vitreous.report.blocks import Figure
from vitreous.report.sections.drawn import line_figure

HERE = Path(__file__).parent


def write(frames: Sequence[Frame], path: Path, title: str) -> Path:
    """Writes the page, whole or not at all.

    Raises:
        VitreousError: when the file cannot be written.
    """
    return writing.write(path, render(frames, title), "the page")


def render(frames: Sequence[Frame], title: str) -> str:
    """The page as text."""
    names = list(dict.fromkeys(view.name for frame in frames for view in frame.views))
    told = {
        "title": words.text(title, 120), "frames": frames, "curves": [_curve(frames, n) for n in range(len(frames))],
        "views": [(name, _titled(frames, name), [_of(frame, name) for frame in frames]) for name in names],
        "summary": f"{len(frames)} moments, from step {frames[0].step:,} to step {frames[-1].step:,}.",
        "outcome": _outcome(frames),
    }  # fmt: skip
    script = (HERE / "film.js").read_text(encoding="utf-8")
    return fill("film.html", script, {"titles": [frame.title for frame in frames]}, told, HERE)


def _of(frame: Frame, name: str) -> Shown | None:
    return next((view for view in frame.views if view.name == name), None)


def _titled(frames: Sequence[Frame], name: str) -> str:
    return next(view.title for frame in frames for view in frame.views if view.name == name)


def _curve(frames: Sequence[Frame], now: int) -> Figure | None:
    """The loss over the steps, with this frame's place marked."""
    points = [(float(frame.step), frame.loss) for frame in frames]
    series: dict[str, Any] = {"loss on the examples": points}
    mark = (float(frames[now].step), numbers.plain(frames[now].loss))
    return line_figure("The loss", series, x="step", y="loss", mark=mark)


def _outcome(frames: Sequence[Frame]) -> str:
    first, last = frames[0], frames[-1]
    said = f"The loss went from {numbers.plain(first.loss)} to {numbers.plain(last.loss)}"
    if first.accuracy is not None and last.accuracy is not None:
        said += f", what is right from {numbers.percent(first.accuracy)} to {numbers.percent(last.accuracy)}"
    return f"{said}, on the same examples of the test data."
