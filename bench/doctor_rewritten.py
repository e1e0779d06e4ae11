"""The doctor on scripts of the corpus that are written otherwise: it must say of them what it says of the originals.

Each script with one fault that the doctor was tuned on (parts ``tune`` and ``opened``) is rewritten in one of the ways
of ``bench/rewrites``: losses, updates, batches or activations by hand, one function for all, other names, a file for
classes, printing by logging, no seeds, float64, training that does not end. One way each, in turn; another
``--turn`` gives each script its next one. *Found* and *line* count as in ``doctor_corpus``. A rewriting that makes a
script crash which did not is left out and counted.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.faults.corpus import Case, Place, load

from bench import child
from bench.doctor_corpus import SERIOUS, is_near, names, share
from bench.rewrites import all_rewrites
from bench.rewrites.script import Script

_CRASH = re.compile(r"^\w*(Error|Exception|Interrupt)\b")


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--turn", type=int, default=0, help="which of its rewritings each script gets")
    parser.add_argument("--every", type=int, default=1, help="only every so manieth script")
    parser.add_argument("--only", default="", help="only scripts whose name or fault contains this")
    parser.add_argument(
        "--rewrite", help="this rewriting of every script that allows it, instead of one in turn"
    )
    parser.add_argument("--fixed", action="store_true", help="the fixed scripts, which must raise nothing")
    parser.add_argument("--time", type=float, default=60.0, help="the doctor's budget for each, in seconds")
    parser.add_argument("--workers", type=int, default=1, help="scripts at a time")
    parser.add_argument(
        "--keep", type=Path, help="a folder where rewritten scripts that were missed are kept"
    )


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    jobs = chosen(arguments)
    with ThreadPoolExecutor(arguments.workers) as pool:
        rows = list(pool.map(lambda job: _judged(*job, arguments), jobs))
    valid = [row for row in rows if row["valid"]]
    by_way = {way: [row for row in valid if row["rewrite"] == way] for way in all_rewrites()}
    return {
        "settings": {"turn": arguments.turn, "every": arguments.every, "budget_seconds": arguments.time,
                     "workers": arguments.workers, "scripts": "fixed" if arguments.fixed else "faulty"},
        "figures": {"all": _figures(valid)} | {way: _figures(part) for way, part in by_way.items() if part},
        "left out": len(rows) - len(valid),
        "missed": dict(Counter(row["missed"] for row in valid if row["missed"]).most_common()),
        "scripts": rows,
    }  # fmt: skip


def chosen(arguments: argparse.Namespace) -> list[tuple[Case, str, Script]]:
    """Which script is rewritten how."""
    found = []
    cases = [case for case in load("cases") if case.split != "held-out"]
    for number, case in enumerate(cases):
        if number % arguments.every or arguments.only not in f"{case.name} {case.places[0].fault}":
            continue
        ways = {}
        for way, module in all_rewrites().items():
            script = Script(case.scripts["faulty_result"].read_text("utf-8"))
            if case.places[0].fault not in module.CHANGES and module.rewrite(script) is not None:
                ways[way] = script
        if arguments.rewrite is None:
            way = list(ways)[(number + arguments.turn) % len(ways)]
            found.append((case, way, ways[way]))
        elif arguments.rewrite in ways:
            found.append((case, arguments.rewrite, ways[arguments.rewrite]))
    return found


def _judged(case: Case, way: str, script: Script, arguments: argparse.Namespace) -> dict[str, Any]:
    key = "fixed_result" if arguments.fixed else "faulty_result"
    if arguments.fixed:
        script = Script(case.scripts[key].read_text("utf-8"))
        all_rewrites()[way].rewrite(script)
    with tempfile.TemporaryDirectory() as folder:
        place = _written(script, Path(folder))
        verdict = Path(folder) / "verdict.json"
        command = child.vitreous("doctor", "--json", str(verdict), "--time", str(arguments.time), str(place))
        ended = child.run(command, limit_seconds=4 * arguments.time, check=False)
        found = (
            json.loads(verdict.read_text("utf-8"))
            if verdict.is_file()
            else {"verdict": "failed", "findings": []}
        )
    expected = case.places[0]
    moved = _moved(expected, script)
    said = found["findings"]
    first = bool(said) and names(expected, said[0])
    serious = [finding["fault"] for finding in said if finding["severity"] in SERIOUS]
    right = not serious if arguments.fixed else first
    crashed = found["verdict"] == "crashed" and not _CRASH.match(str(case.known[key]))
    row = {
        "script": case.name, "rewrite": way, "seconds": round(ended.seconds, 1), "valid": not crashed,
        "found": right, "line": right and (arguments.fixed or is_near(moved, said[0]["line"])),
        "missed": "" if right else f"{expected.fault} → {said[0]['fault'] if said else found['verdict']}",
        "findings": [[f["fault"], f["line"], f["severity"], f["proof"] is not None] for f in said],
        "expected": [list(moved.lines), *map(list, moved.also)],
    }  # fmt: skip
    if arguments.keep and not (row["found"] and row["line"] and row["valid"]):
        kept = arguments.keep / f"{case.name}+{way}"
        kept.mkdir(parents=True, exist_ok=True)
        _written(script, kept)
    print(f"  {way}: {case.name}: {'found' if right else row['missed']}{'' if row['line'] else ' (line)'}, "
          f"{ended.seconds:.0f} s{' CRASHED' if crashed else ''}", file=sys.stderr)  # fmt: skip
    return row


def _written(script: Script, folder: Path) -> Path:
    place = folder / "train.py"
    place.write_text(script.text, "utf-8")
    for name, text in script.others.items():
        (folder / name).write_text(text, "utf-8")
    return place


def _moved(place: Place, script: Script) -> Place:
    """Where the fix goes in the rewritten script."""
    spans = [
        (script.line(first), script.line(last))
        for first, last in (place.lines, *place.also, *place.elsewhere)
    ]
    count = 1 + len(place.also)
    return replace(place, lines=spans[0], also=tuple(spans[1:count]), elsewhere=tuple(spans[count:]))


def _figures(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "scripts": len(rows),
        "found": share(sum(row["found"] for row in rows), len(rows)),
        "line": share(sum(row["line"] for row in rows), len(rows)),
    }
