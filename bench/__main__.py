"""``python -m bench`` runs every benchmark, ``python -m bench NAME`` one; ``--list`` says which there are."""

from __future__ import annotations

import argparse
import pkgutil
import sys
import time
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import bench
from bench import results

HELPERS = {"__main__", "child", "data", "results", "soak"}  # soak has its own command: it takes an hour


def names() -> list[str]:
    """Every benchmark, by listing the package."""
    return [
        info.name
        for info in pkgutil.iter_modules(bench.__path__)
        if not info.ispkg and info.name not in HELPERS
    ]


def parser_of(module: ModuleType) -> argparse.ArgumentParser:
    """The options of one benchmark."""
    name = module.__name__.rpartition(".")[2]
    parser = argparse.ArgumentParser(
        f"python -m bench {name}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--results", type=Path, default=results.FOLDER, help="where the result is written")
    if hasattr(module, "add_options"):
        module.add_options(parser)
    return parser


def measure(name: str, argv: list[str]) -> dict[str, Any]:
    """Runs one benchmark, writes its result and prints its goals."""
    module = import_module(f"bench.{name}")
    arguments = parser_of(module).parse_args(argv)
    where = results.machine()
    start = time.perf_counter()
    found: dict[str, Any] = module.run(arguments)
    found.setdefault("settings", {})
    found["seconds"] = round(time.perf_counter() - start, 1)
    command = " ".join(["python -m bench", name, *_without_results(argv)])
    path = results.write(name, module.__doc__ or "", command, where, found, arguments.results)
    print(f"{name}: {found['seconds']:,.0f} s, {path}")
    for goal in found.get("goals", []):
        print(
            f"  {results.VERDICT[goal['met']]:12} {goal['name']}: {results.shown(goal['found'])} ({goal['wanted']})"
        )
    for note in found.get("notes", []):
        print(f"  {note}")
    sys.stdout.flush()
    return found


def _without_results(argv: list[str]) -> list[str]:
    """The options that change what is measured: where the result goes does not."""
    kept = [
        part
        for number, part in enumerate(argv)
        if "--results" not in (part, *argv[max(0, number - 1) : number])
    ]
    return [part for part in kept if not part.startswith("--results=")]


def main(argv: list[str]) -> int:
    """Exit status: 1 where a benchmark could not be run; a goal that is missed is a result, not a failure."""
    if argv and argv[0] in ("-h", "--help", "--list"):
        print(__doc__)
        for name in names():
            about = (import_module(f"bench.{name}").__doc__ or "").strip().splitlines()[0]
            print(f"  {name:18} {about}")
        return 0
    if argv:
        if argv[0] not in names():
            print(f"There is no benchmark {argv[0]!r}; there are: {', '.join(names())}.", file=sys.stderr)
            return 2
        measure(argv[0], argv[1:])
        return 0
    failed = []
    for name in names():
        try:
            measure(name, [])
        except Exception as error:  # the others are still worth measuring
            failed.append(name)
            print(f"{name}: could not be run: {error}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
