"""The page: sections set into the template, written in one piece."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

from vitreous.errors import RunError
from vitreous.report import metrics, numbers, palette, run_files, values
from vitreous.report.blocks import Section
from vitreous.report.run_files import RunFiles

NAME = "report.html"


def write(run_folder: Path) -> Path:
    """Writes RUN/report.html from the run folder's files, whichever of them there are.

    The page is whole or not there: it is written beside its place and then moved.

    Args:
        run_folder: The folder of a run, finished or not.

    Returns:
        The page's path.

    Raises:
        RunError: if there is no such folder, or it cannot be written to.
    """
    folder = Path(run_folder)
    page = render(run_files.read(folder))
    target = folder / NAME
    beside = folder / f".{NAME}.{os.getpid()}.tmp"
    try:
        with beside.open("w", encoding="utf-8", newline="\n") as file:
            file.write(page)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    except OSError as error:
        raise RunError(
            f"the report could not be written: {error.strerror or error}", where=str(target)
        ) from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
    return target


def render(run: RunFiles) -> str:
    """The page of a run as text."""
    from vitreous.report.sections import overview

    head = metrics.headline(run)
    return fill(
        kind="Training run",
        source="the files of this run",
        title=f"{run.model} on {run.data}",
        summary=overview.summary(run),
        state=overview.state(run),
        problems=[values.text(problem, 300) for problem in run.problems],
        headline=head,
        metric=numbers.label(head.metric) if head else "",
        value=numbers.metric(head.metric, head.ours.value) if head else "",
        interval=numbers.interval(head.metric, head.ours.low, head.ours.high) if head else "",
        beside=overview.sentence(head) if head else "",
        sections=sections(run, head),
        version=values.text(run.environment.get("vitreous"), 40),
    )


def fill(**content: Any) -> str:
    """The template with its content set in; every text is escaped.

    Args:
        content: What the template names: kind, title, summary, state, problems, headline, sections, source, version, ….
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("template.html").render(colors=Markup(palette.css()), **content)
    return page.encode("utf-8", errors="replace").decode("utf-8")


def sections(run: RunFiles, head: metrics.Headline | None) -> list[Section]:
    """All that the page says, in order; a part without material is left out."""
    from vitreous.report.sections import errors, findings, inside, learning, overview, setup

    return [
        *overview.overview(run, head),
        *findings.findings(run),
        *learning.learning(run),
        *errors.classes(run),
        *errors.calibration(run),
        *errors.errors(run),
        *errors.samples(run),
        *inside.inside(run),
        *inside.checks(run),
        *inside.layers(run),
        *setup.data(run),
        *setup.usage(run),
        *setup.recipe(run),
    ]
