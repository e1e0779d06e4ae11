"""A run as terminal text: what is seen when training ends, and runs side by side.

File-derived words are `rich.text.Text`, never markup, and hold no escape sequences.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vitreous.report import metrics, numbers, run_files, values

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from vitreous.report.metrics import Headline, Score
    from vitreous.report.run_files import RunFiles

_MOST_BASELINES = 6


def terminal(run: Path | str | Mapping[str, Any]) -> RenderableType:
    """The summary shown when training ends: headline, baselines, verdict, where the report is.

    Args:
        run: The run folder; or what is in memory, ``{"result": …, "evaluation": …, "folder": …}``,
            or a flat result.

    Raises:
        RunError: if a folder was given and is not there.
    """
    from rich.console import Group
    from rich.text import Text

    files = run_files.from_parts(run) if isinstance(run, Mapping) else run_files.read(Path(run))
    head = metrics.headline(files)
    parts: list[RenderableType] = [Text(f"{files.model} on {files.data}", style="bold")]
    if head:
        parts.append(_headline(head))
        if head.baselines:
            parts += [Text(), _baselines(files, head)]
    else:
        parts.append(Text("No metric was measured yet."))
    verdict = values.text(files.evaluation.get("verdict"), 600)
    if verdict:
        parts += [Text(), Text(verdict)]
    advice = [values.text(item, 300) for item in values.sequence(files.evaluation.get("advice"))[:5]]
    parts += [Text(f"• {item}") for item in advice if item]
    found = [
        values.text(finding.get("fault"), 80) for finding in values.mappings(files.result.get("findings"))
    ]
    if found:
        parts += [Text(), Text(f"Wrong with this training: {', '.join(found)}", style="bold red")]
    for sample in values.mappings(files.evaluation.get("samples"))[:1]:
        said = values.text(sample.get("text"), 600, lines=True)
        parts += [Text(), Text("What it writes:", style="dim"), Text(said)]
    if files.folder != Path():
        page = values.text(_from_here(files.folder) / "report.html", 300)
        parts += [Text(), Text.assemble(("Report: ", "dim"), page, overflow="fold")]
    return Group(*parts)


def comparison(
    rows: Sequence[Path | str | Mapping[str, Any]], *, metric: str | None = None, title: str | None = None
) -> Table:
    """Runs side by side, the best first.

    Args:
        rows: Run folders, or flat results (with "run" for a name).
        metric: The metric without its split, as "accuracy"; by default what the first run is judged by.
        title: What to write above.

    Raises:
        RunError: if a folder was given and is not there.
    """
    runs = [_row(row) for row in rows]
    heads = [head for _, files in runs if (head := metrics.headline(files))]
    name = values.text(metric, 60) if metric else heads[0].metric if heads else "loss"
    scored = [(who, files, _measured(files, name)) for who, files in runs]
    sign = 1 if numbers.smaller_is_better(name) else -1
    scored.sort(key=lambda item: (item[2][0] is None, sign * (item[2][0] or 0)))
    named = any(who for who, _, _ in scored)
    splits = {split for _, _, (_, _, split) in scored if split}
    table = _table(["run", "model"] if named else ["model"], _over(name, splits), title)
    for place, (who, files, (value, between, split)) in enumerate(scored):
        shown = numbers.metric(name, value) + (f" ({split})" if len(splits) > 1 and split else "")
        cells = [files.model, shown, between or numbers.MISSING, *_cost(files.result)]
        _add(table, [who, *cells] if named else cells, bold=place == 0 and value is not None)
    return table


def _from_here(folder: Path) -> Path:
    """The folder as one would name it from the working directory: short, and good to copy."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def _row(row: Path | str | Mapping[str, Any]) -> tuple[str, RunFiles]:
    if isinstance(row, Mapping):
        files = run_files.from_parts(row)
        return values.text(row.get("run") or files.result.get("run"), 60), files
    files = run_files.read(Path(row))
    return values.text(Path(row).resolve().name, 60), files


def _measured(files: RunFiles, name: str) -> tuple[float | None, str, str]:
    """A metric's value, interval and split: test before validation."""
    for split in metrics.SPLITS:
        key = f"{split}.{name}"
        value = values.number(files.result.get(key))
        if value is not None:
            low, high = files.result.get(f"{key}.low"), files.result.get(f"{key}.high")
            return value, numbers.interval(name, low, high), split
    return None, "", ""


def _cost(about: Mapping[str, Any]) -> list[str]:
    return [numbers.count(about.get("parameters")), numbers.seconds(about.get("seconds"))]


def _over(name: str, splits: set[str]) -> str:
    return f"{next(iter(splits))} {numbers.label(name)}" if len(splits) == 1 else numbers.label(name)


def _headline(head: Headline) -> RenderableType:
    from rich.text import Text

    line = Text.assemble(
        f"{head.split} {numbers.label(head.metric)} ",
        (numbers.metric(head.metric, head.ours.value), "bold green"),
    )
    between = numbers.interval(head.metric, head.ours.low, head.ours.high)
    if between:
        line.append(f"   95% interval {between}", style="dim")
    return line


def _baselines(files: RunFiles, head: Headline) -> Table:
    table = _table(["model"], numbers.label(head.metric), None)

    def add(who: str, score: Score, bold: bool) -> None:
        between = numbers.interval(head.metric, score.low, score.high) or numbers.MISSING
        cost = [numbers.count(score.parameters), numbers.seconds(score.seconds)]
        _add(table, [who, numbers.metric(head.metric, score.value), between, *cost], bold=bold)

    add(f"{files.model} (this network)", head.ours, True)
    for score in head.baselines[:_MOST_BASELINES]:
        add(score.who, score, False)
    return table


def _table(left: list[str], metric: str, title: str | None) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, title=Text(values.text(title, 200)) if title else None)
    for name in left:
        table.add_column(name, overflow="fold")
    for name in (metric, "95% interval", "parameters", "seconds"):
        table.add_column(Text(name), justify="right", no_wrap=name != metric)
    return table


def _add(table: Table, cells: list[str], *, bold: bool) -> None:
    from rich.text import Text

    table.add_row(*(Text(cell) for cell in cells), style="bold" if bold else "")
