"""The doctor and the published tools for PyTorch on the same scripts: hits, misses, false alarms, seconds.

The scripts are those of tests/faults, as they stand. ``vitreous doctor SCRIPT`` runs them unchanged. The others
want calls written into the loop; `bench.peers.doctor` makes these calls where their documentation puts them
(before the loop, between backward and step, behind each step, on the first batch) while the script runs, with
the network, the optimizer, the loss and the batch that its author would have handed over. So none is charged
with the work of being put in, none sees less than its user would have shown it, and one that wants evaluation
losses gets those that the script computes. Each runs in a process of its own on one thread; its seconds are wall
time from start to end.

A tool does not say which fault of the catalogue it means: its kinds of message are mapped to every fault that
each could fairly mean (``RULES`` in each contender's file), so that "loss is not finite" counts as right for
seven causes. That is generous: a person would still have to find out which. Of a script with one fault it is
*hit* where any message could mean the fault or an accepted look-alike, *first* where the first one could, *line*
where one that could names a line within three of the fix. An *alarm* is a fixed or a healthy script with a
message that is a warning or an error, advice on speed or style left out. Several faults: how many were hit, and
how many of the warnings and errors could mean one of them. Ours is judged by the same rules from its findings.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from tests.faults.corpus import SPLITS, Case, Place, load

from bench import child, doctor_corpus
from bench.data import ROOT
from bench.doctor_corpus import SERIOUS, is_near, share
from bench.peers import doctor as contenders
from bench.peers.doctor._watching import rules_of
from bench.results import goal

OURS = "vitreous"
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class Said(NamedTuple):
    """A message: the faults that it could mean, its line, and whether it is a warning or an error."""

    faults: tuple[str, ...]
    line: int | None
    serious: bool

    def means(self, place: Place) -> bool:
        return bool({place.fault, *place.accept} & set(self.faults))


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--split", choices=SPLITS, help="only this part; all by default")
    parser.add_argument("--every", type=int, default=1, help="of each kind of case every so many-th, by name")
    parser.add_argument("--only", default="", help="only scripts whose name or fault contains this")
    parser.add_argument("--time", type=float, default=60.0, help="the doctor's budget for each, in seconds")
    parser.add_argument("--limit", type=float, default=300.0, help="seconds after which a contender is ended")
    parser.add_argument("--workers", type=int, default=1, help="scripts at a time")
    parser.add_argument("--peers", default="", help="only these, with commas; all by default")
    parser.add_argument(
        "--python",
        default=os.environ.get("VITREOUS_PEERS_PYTHON", sys.executable),
        help="the interpreter that has the peers installed; VITREOUS_PEERS_PYTHON, else this one",
    )
    parser.add_argument(
        "--ours", type=Path, help="take ours from this result of doctor_corpus instead of running it again"
    )
    parser.add_argument(
        "--theirs",
        type=Path,
        help="take theirs from this result of doctor_peers: they did not change, ours did",
    )


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    cases = _some([case for case in load() if doctor_corpus.is_wanted(case, arguments)], arguments.every)
    jobs = [(case, key) for case in cases for key in case.scripts]
    wanted = [name for name in arguments.peers.split(",") if name] or contenders.names()
    versions = {name: _version(arguments.python, name) for name in wanted}
    measured: dict[str, list[dict[str, Any]]] = {OURS: _ours(jobs, arguments)}
    known = json.loads(arguments.theirs.read_text("utf-8")) if arguments.theirs else {"scripts": {}}
    for name in (name for name, version in versions.items() if version):
        if name in known["scripts"]:
            if known["settings"]["versions"][name] != versions[name]:
                raise ValueError(f"{arguments.theirs} measured {name} {known['settings']['versions'][name]}")
            measured[name] = _known(known["scripts"][name], jobs, arguments.theirs)
        else:
            measured[name] = _peer(name, jobs, arguments)
    figures = {name: _figures(rows) for name, rows in measured.items()}
    return {
        "settings": {
            "split": arguments.split, "only": arguments.only, "every": arguments.every,
            "budget_seconds": arguments.time, "workers": arguments.workers, "versions": versions,
        },
        "figures": figures,
        "hits_by_fault": _by_fault(measured),
        "scripts": measured,
        "goals": _goals(figures),
        "notes": [
            f"{name} was not measured: {arguments.python} has no such package"
            for name, version in versions.items() if not version
        ],
    }  # fmt: skip


def _some(cases: Sequence[Case], every: int) -> list[Case]:
    """Of each kind of case every so many-th."""
    kinds = dict.fromkeys(case.kind for case in cases)
    return [case for kind in kinds for case in [c for c in cases if c.kind == kind][::every]]


def _version(python: str, name: str) -> str | None:
    """The contender's version where it is installed."""
    package = _module(name).PACKAGE
    code = f"from importlib.metadata import version; print(version({package!r}))"
    asked = child.run([python, "-c", code], check=False)
    return asked.output.strip() or None


def _module(name: str) -> Any:
    from importlib import import_module

    return import_module(f"bench.peers.doctor.{name}")


def _ours(jobs: Sequence[tuple[Case, str]], arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Our verdicts in the form of a peer's messages, each with the one fault that it names."""
    if arguments.ours:
        rows = _known(json.loads(arguments.ours.read_text("utf-8"))["scripts"], jobs, arguments.ours)
    else:
        os.environ.update(ONE_THREAD)
        with ThreadPoolExecutor(arguments.workers) as pool:
            verdicts = list(pool.map(lambda job: doctor_corpus.examine(*job, arguments.time), jobs))
        rows = [doctor_corpus.judge(*job, found) for job, found in zip(jobs, verdicts, strict=True)]
    told = [
        [Said((fault,), line, severity in SERIOUS) for fault, line, severity, _ in row["findings"]]
        for row in rows
    ]
    return [
        judge(case, key, said) | {"seconds": row["seconds"], "failed": row["verdict"] == "failed"}
        for (case, key), row, said in zip(jobs, rows, told, strict=True)
    ]


def _known(rows: list[dict[str, Any]], jobs: Sequence[tuple[Case, str]], where: Path) -> list[dict[str, Any]]:
    """The rows of these scripts in an earlier result.

    Raises:
        ValueError: if it has not all of them.
    """
    known = {row["script"]: row for row in rows}
    missing = [_label(*job) for job in jobs if _label(*job) not in known]
    if missing:
        raise ValueError(f"{where} has not {missing[0]} and {len(missing) - 1} more")
    return [known[_label(*job)] for job in jobs]


def _peer(name: str, jobs: Sequence[tuple[Case, str]], arguments: argparse.Namespace) -> list[dict[str, Any]]:
    rules = rules_of(name)

    def examine(job: tuple[Case, str]) -> dict[str, Any]:
        case, key = job
        command = [arguments.python, "-m", f"bench.peers.doctor.{name}", str(case.scripts[key])]
        try:
            ended = child.run(command, environment=ONE_THREAD, limit_seconds=arguments.limit, check=False)
            told = ended.last_json() if not ended.status else {"findings": [], "why": ended.errors[-300:]}
            seconds = ended.seconds
        except RuntimeError as error:  # it took too long
            told, seconds = {"findings": [], "why": str(error)}, arguments.limit
        said = [
            Said(rules[f["what"]], f.get("line"), f["severity"] in SERIOUS)
            for f in told["findings"]
            if rules[f["what"]]
        ]
        row = judge(case, key, said) | {"seconds": round(seconds, 1), "failed": "why" in told}
        row["messages"] = [f["what"] for f in told["findings"]]
        if "why" in told:
            row["why"] = told["why"]
        print(f"  {name}: {case.scripts[key].relative_to(ROOT)}, {seconds:.0f} s", file=sys.stderr)
        return row

    with ThreadPoolExecutor(arguments.workers) as pool:
        return list(pool.map(examine, jobs))


def _label(case: Case, key: str) -> str:
    """A script's name as `bench.doctor_corpus` writes it."""
    return f"{case.kind}/{case.name}" + ("" if case.kind == "healthy" else f"/{case.scripts[key].name}")


def judge(case: Case, key: str, said: Sequence[Said]) -> dict[str, Any]:
    """What messages are worth on one script.

    Args:
        case: The script's.
        key: Which of its scripts.
        said: The messages, in the order in which a person meets them.
    """
    serious = [message for message in said if message.serious]
    row: dict[str, Any] = {"script": _label(case, key), "split": case.split, "said": len(serious)}
    if key != "faulty_result":
        return row | {"kind": "healthy" if case.kind == "healthy" else "fixed", "alarm": bool(serious)}
    row |= {"faults": [place.fault for place in case.places]}
    row |= {"named": [any(message.means(place) for message in said) for place in case.places]}
    if case.kind == "several":
        right = sum(any(message.means(place) for place in case.places) for message in serious)
        return row | {"kind": "several", "right": right}
    place = case.places[0]
    hits = [message.means(place) for message in said]
    near = [hit and is_near(place, message.line) for hit, message in zip(hits, said, strict=True)]
    return row | {"kind": "one", "first": hits[:1] == [True], "third": any(hits[:3]), "line": any(near)}


def _figures(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    part = {
        kind: [row for row in rows if row["kind"] == kind] for kind in ("one", "several", "fixed", "healthy")
    }
    one, several = part["one"], part["several"]
    named = [hit for row in several for hit in row["named"]]
    seconds = [row["seconds"] for row in rows]
    return {
        "faulty": len(one),
        "hits": sum(row["named"][0] for row in one),
        "first": sum(row["first"] for row in one),
        "within three": sum(row["third"] for row in one),
        "line": sum(row["line"] for row in one),
        "misses": sum(not row["named"][0] for row in one),
        "messages on a faulty one": share(sum(row["said"] for row in one), len(one)),
        "fixed": len(part["fixed"]),
        "alarms on fixed": sum(row["alarm"] for row in part["fixed"]),
        "healthy": len(part["healthy"]),
        "alarms on healthy": sum(row["alarm"] for row in part["healthy"]),
        "faults among several": len(named),
        "named": sum(named),
        "right of what is named": share(sum(r["right"] for r in several), sum(r["said"] for r in several)),
        "median seconds": round(statistics.median(seconds), 1) if seconds else None,
        "most seconds": max(seconds, default=None),
        "failed": sum(row["failed"] for row in rows),
    }  # fmt: skip


def _by_fault(measured: dict[str, list[dict[str, Any]]]) -> dict[str, dict[str, str]]:
    """For each fault, by contender, in how many of its scripts it was hit: "2 of 3"."""
    found: dict[str, dict[str, str]] = {}
    for name, rows in measured.items():
        for fault in sorted({row["faults"][0] for row in rows if row["kind"] == "one"}):
            mine = [row["named"][0] for row in rows if row["kind"] == "one" and row["faults"][0] == fault]
            found.setdefault(fault, {})[name] = f"{sum(mine)} of {len(mine)}"
    return found


def _goals(figures: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Ours beside the best of the others, each figure by itself."""
    ours, others = figures[OURS], [figure for name, figure in figures.items() if name != OURS]
    if not others:
        return []
    fewest = min(o["alarms on fixed"] + o["alarms on healthy"] for o in others)
    alarms = ours["alarms on fixed"] + ours["alarms on healthy"]
    return [
        *(
            goal(f"{name}: ours beside the best of the others", ours[name], at_least=max(o[name] for o in others))
            for name in ("hits", "first", "line", "named")
        ),
        goal("false alarms: ours beside the fewest of the others", alarms, at_most=fewest),
    ]  # fmt: skip
