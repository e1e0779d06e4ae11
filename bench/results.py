"""What a benchmark found: one JSON file for programs, one table for people."""

from __future__ import annotations

import datetime
import json
import os
import platform
import statistics
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from bench.data import ROOT

FOLDER = Path(__file__).parent / "results"
PACKAGES = ("torch", "numpy", "scikit-learn", "skorch", "lightning", "keras", "jax", "polars", "pyarrow")


def goal(
    name: str, value: float | None, *, at_least: float | None = None, at_most: float | None = None
) -> dict[str, Any]:
    """One goal: what was wanted, what was found and whether that is enough; None was not measured."""
    bound = at_least if at_least is not None else at_most
    assert bound is not None
    met = None if value is None else bool(value >= bound if at_least is not None else value <= bound)
    wanted = f"{'≥' if at_least is not None else '≤'} {shown(bound)}"
    return {"name": name, "wanted": wanted, "found": value, "met": met}


def middle(values: Sequence[float]) -> float:
    """The median, rounded to what a clock can tell."""
    return round(statistics.median(values), 5)


def mean(values: Sequence[float]) -> float:
    """The mean, rounded."""
    return round(statistics.fmean(values), 5)


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    found: dict[str, Any] = {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": _memory_gib(),
        "system": platform.system() + " " + platform.release().partition("-")[0],
        "python": platform.python_version(),
        "load_before": [round(number, 2) for number in os.getloadavg()],
    }
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def write(
    name: str, about: str, command: str, where: dict[str, Any], found: dict[str, Any], folder: Path
) -> Path:
    """Writes ``NAME.json`` and ``NAME.md``.

    Args:
        name: Of the benchmark.
        about: Its docstring.
        command: What measures it again.
        where: The machine, as `machine` says.
        found: ``settings``, ``figures``, ``ratios``, ``goals`` and ``notes``; those that apply.
        folder: Where to.

    Returns:
        The JSON file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "benchmark": name,
        "command": command,
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": where,
        **found,
    }
    path = folder / f"{name}.json"
    path.write_text(json.dumps(_clean(document), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / f"{name}.md").write_text(markdown(document, about), encoding="utf-8")
    return path


def markdown(document: dict[str, Any], about: str) -> str:
    """The document as a page: goals, then figures, then how it was measured."""
    where = document["machine"]
    versions = ", ".join(f"{key} {where[key]}" for key in ("python", *PACKAGES) if key in where)
    lines = [
        f"# {document['benchmark']}", "", about.strip(), "",
        f"`{document['command']}`, {document['date']}; {where['processor']}, {where['cores']} cores, "
        f"{where['memory_gib']} GiB, {where['system']}; {versions}.", "",
    ]  # fmt: skip
    if document.get("goals"):
        rows = [[g["name"], g["wanted"], shown(g["found"]), VERDICT[g["met"]]] for g in document["goals"]]
        lines += [*table(["goal", "wanted", "found", ""], rows), ""]
    for part in ("figures", "ratios"):
        if document.get(part):
            lines += [f"## {part.capitalize()}", "", *_tables(document[part]), ""]
    if document.get("settings"):
        lines += [
            "## Settings",
            "",
            "```json",
            json.dumps(_clean(document["settings"]), indent=1, ensure_ascii=False),
            "```",
            "",
        ]
    lines += [f"- {note}" for note in document.get("notes", [])]
    return "\n".join(lines).rstrip() + "\n"


VERDICT = {True: "met", False: "**missed**", None: "not measured"}


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table."""
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]


def shown(value: Any) -> str:
    """A value as a table shows it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.5g}"
    if isinstance(value, list):
        return ", ".join(shown(item) for item in value)
    return str(value)


def _tables(values: dict[str, Any]) -> list[str]:
    """Rows of the same columns where the values are mappings, else one table of name and value."""
    nested = {key: value for key, value in values.items() if isinstance(value, dict)}
    plain = {key: value for key, value in values.items() if not isinstance(value, dict)}
    lines: list[str] = []
    if nested:
        columns = list(dict.fromkeys(column for value in nested.values() for column in value))
        rows = [[key, *(shown(value.get(column)) for column in columns)] for key, value in nested.items()]
        lines += table(["", *(column.replace("_", " ") for column in columns)], rows)
    if plain:
        lines += [""] if nested else []
        lines += table(["", "value"], [[key.replace("_", " "), shown(value)] for key, value in plain.items()])
    return lines


def _clean(value: Any) -> Any:
    """Without the paths of this machine: what is committed names only the repository's own."""
    if isinstance(value, dict):
        return {key: _clean(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(inner) for inner in value]
    if isinstance(value, str):
        return value.replace(f"{ROOT}/", "").replace(f"{ROOT.parent}/", "../")
    return value


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _memory_gib() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (ValueError, OSError):
        return None
