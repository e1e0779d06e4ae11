"""How long a person waits for ``vitreous --help``, and that ``import vitreous`` does not load PyTorch."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from bench import child
from bench.results import goal, middle

HEAVY = ("torch", "numpy", "polars", "pyarrow", "sklearn", "PIL", "pydantic", "jinja2", "vl_convert")


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--repeats", type=int, default=10)


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "import vitreous": [sys.executable, "-c", "import vitreous"],
        "vitreous --help": child.vitreous("--help"),
        "vitreous train --help": child.vitreous("train", "--help"),
    }
    child.run(commands["vitreous --help"])  # bytecode is compiled once
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(arguments.repeats):
        for name, command in commands.items():
            seconds[name].append(child.run(command).seconds)
    listing = f"import sys, vitreous; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    loaded = child.run([sys.executable, "-c", listing]).output.split()
    figures = {
        name: {"median": middle(found), "least": round(min(found), 4)} for name, found in seconds.items()
    }
    return {
        "settings": {"repeats": arguments.repeats},
        "figures": {**figures, "loaded by import vitreous": ", ".join(loaded) or "none of the heavy ones"},
        "goals": [
            goal("seconds of vitreous --help", figures["vitreous --help"]["median"], at_most=0.25),
            goal("PyTorch loaded by import vitreous", float("torch" in loaded), at_most=0.0),
        ],
    }
