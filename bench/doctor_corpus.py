"""The doctor on its corpus: root cause, line, false alarms, proof and time, on every script of tests/faults.

A script with one fault counts as *found* where the first finding names it (or a look-alike that its
``expected.toml`` accepts), as *within three* where one of the first three does. The *line* counts where the
finding is found and its line is at most three from the lines that the fix touches. A healthy or a fixed script
is *quiet* where no finding is an error or a warning. Of a script with several faults the first finding need
not be any one of them: *named* is the share of its faults that are named, *right* the share of what is named
that is one of them. Thresholds were tuned on the parts ``tune`` and ``opened``; ``held-out`` was not looked at.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.faults.corpus import SPLITS, Case, Place, load

from bench import child
from bench.data import ROOT
from bench.results import goal

NEAR = 3  # lines
SERIOUS = ("error", "warning")


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--split", choices=SPLITS, help="only this part; all by default")
    parser.add_argument("--only", default="", help="only scripts whose name or fault contains this")
    parser.add_argument("--time", type=float, default=60.0, help="the doctor's budget for each, in seconds")
    parser.add_argument("--workers", type=int, default=1, help="scripts at a time")
    parser.add_argument(
        "--beside", type=Path, help="an earlier result, whose other scripts are shown beside these"
    )


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    cases = [case for case in load() if is_wanted(case, arguments)]
    jobs = [(case, key) for case in cases for key in case.scripts]
    with ThreadPoolExecutor(arguments.workers) as pool:
        verdicts = list(pool.map(lambda job: examine(*job, arguments.time), jobs))
    rows = [judge(case, key, found) for (case, key), found in zip(jobs, verdicts, strict=True)]
    if arguments.beside:
        known = json.loads(arguments.beside.read_text("utf-8"))["scripts"]
        others = {_name(case, key): case.split for case in load() for key in case.scripts}
        measured = {row["script"] for row in rows}
        # a script that is in another part by now was measured before it was looked at: it counts in neither
        rows += [r for r in known if r["script"] not in measured and others.get(r["script"]) == r["split"]]
    parts = {"all": rows} | {split: [row for row in rows if row["split"] == split] for split in SPLITS}
    figures = {name: _figures(part) for name, part in parts.items() if part}
    shown = figures.get("held-out", figures.get("all", {}))
    return {
        "settings": {"budget_seconds": arguments.time, "workers": arguments.workers, "only": arguments.only},
        "figures": figures,
        "mistaken": _mistaken(rows),
        "scripts": rows,
        "goals": _goals(shown, arguments.time),
        "notes": [
            f"goals are judged on: {'held-out' if 'held-out' in figures else 'all'}",
            *(["the other parts were measured before, by commands of their own"] if arguments.beside else []),
        ],
    }


def _name(case: Case, key: str) -> str:
    return f"{case.kind}/{case.name}" + ("" if case.kind == "healthy" else f"/{case.scripts[key].name}")


def is_wanted(case: Case, arguments: argparse.Namespace) -> bool:
    text = " ".join([case.name, *(place.fault for place in case.places)])
    there = all(find_spec(module) for module in case.known.get("needs", []))
    return there and arguments.split in (None, case.split) and arguments.only in text


def examine(case: Case, key: str, seconds: float) -> dict[str, Any]:
    """One verdict as JSON; a doctor that fails is a verdict without findings that says how."""
    script = case.scripts[key]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "verdict.json"
        command = child.vitreous("doctor", "--json", str(place), "--time", str(seconds), str(script))
        ended = child.run(command, limit_seconds=4 * seconds, check=False)
        if not place.is_file():
            return {
                "verdict": "failed", "findings": [], "seconds": ended.seconds, "why": ended.errors[-300:],
            }  # fmt: skip
        found: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    print(f"  {script.relative_to(ROOT)}: {_first(found)}, {ended.seconds:.0f} s", file=sys.stderr)
    return found | {"seconds": ended.seconds}


def _first(found: dict[str, Any]) -> str:
    return found["findings"][0]["fault"] if found["findings"] else str(found["verdict"])


def judge(case: Case, key: str, found: dict[str, Any]) -> dict[str, Any]:
    """What the verdict is worth, as a row of the table."""
    serious = [f for f in found["findings"] if f["severity"] in SERIOUS]
    row: dict[str, Any] = {
        "script": _name(case, key),
        "split": case.split,
        "seconds": round(found["seconds"], 1),
        "verdict": found["verdict"],
        "findings": [
            [f["fault"], f["line"], f["severity"], f["proof"] is not None] for f in found["findings"]
        ],
    }
    if key != "faulty_result":
        return row | {"kind": "right", "quiet": not serious and found["verdict"] != "failed"}
    named = found["findings"]
    if case.kind == "several":
        hits = [any(names(place, f) for f in named) for place in case.places]
        right = [any(names(place, f) for place in case.places) for f in serious]
        return row | {
            "kind": "several", "faults": [place.fault for place in case.places],
            "named": sum(hits), "of": len(hits), "right": sum(right), "said": len(right),
        }  # fmt: skip
    place = case.places[0]
    return row | {
        "kind": "one", "faults": [place.fault],
        "first": bool(named) and names(place, named[0]),
        "third": any(names(place, f) for f in named[:3]),
        "line": bool(named) and names(place, named[0]) and is_near(place, named[0]["line"]),
        "natural": bool(named) and names(place, named[0]) and _is_natural(place, named[0]["line"]),
    }  # fmt: skip


def names(place: Place, finding: dict[str, Any]) -> bool:
    return finding["fault"] in (place.fault, *place.accept)


def is_near(place: Place, line: int | None) -> bool:
    """Whether a line is within three of those that the fix of the case changes."""
    return _within((place.lines, *place.also), line)


def _is_natural(place: Place, line: int | None) -> bool:
    """Or of another line where the author of the case would have made the same fix as readily."""
    return _within((place.lines, *place.also, *place.elsewhere), line)


def _within(spans: Sequence[tuple[int, int]], line: int | None) -> bool:
    return line is not None and any(first - NEAR <= line <= last + NEAR for first, last in spans)


def _figures(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    one = [row for row in rows if row["kind"] == "one"]
    several = [row for row in rows if row["kind"] == "several"]
    right = [row for row in rows if row["kind"] == "right"]
    errors = [f for row in one + several for f in row["findings"] if f[2] == "error"]
    seconds = [row["seconds"] for row in rows]
    return {
        "scripts": len(rows),
        "one fault": len(one),
        "first is right": share(sum(row["first"] for row in one), len(one)),
        "right within three": share(sum(row["third"] for row in one), len(one)),
        "line within 3": share(sum(row["line"] for row in one), len(one)),
        "line, or one as natural": share(sum(row.get("natural", row["line"]) for row in one), len(one)),
        "healthy or fixed": len(right),
        "quiet": share(sum(row["quiet"] for row in right), len(right)),
        "errors with proof": share(sum(f[3] for f in errors), len(errors)),
        "several faults": len(several),
        "named": share(sum(row["named"] for row in several), sum(row["of"] for row in several)),
        "right of what is named": share(sum(r["right"] for r in several), sum(r["said"] for r in several)),
        "median seconds": round(statistics.median(seconds), 1),
        "most seconds": max(seconds),
    }


def share(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None


def _mistaken(rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    """What was mistaken for what: "fault → first finding", the most frequent first."""
    pairs = Counter(
        f"{row['faults'][0]} → {row['findings'][0][0] if row['findings'] else 'nothing'}"
        for row in rows
        if row["kind"] == "one" and not row["first"]
    )
    pairs.update(
        f"nothing → {f[0]}"
        for row in rows
        if row["kind"] == "right"
        for f in row["findings"]
        if f[2] in SERIOUS
    )
    return dict(pairs.most_common())


def _goals(figures: dict[str, Any], budget: float) -> list[dict[str, Any]]:
    bounds = {
        "first is right": 0.95, "right within three": 0.98, "line within 3": 0.9, "quiet": 0.98,
        "errors with proof": 0.8, "named": 0.8, "right of what is named": 0.9,
    }  # fmt: skip
    return [goal(name, figures.get(name), at_least=bound) for name, bound in bounds.items()] + [
        goal("median seconds", figures.get("median seconds"), at_most=30),
        goal("most seconds", figures.get("most seconds"), at_most=budget),
    ]
