"""How long a trace takes and what memory, beside TorchLens and torchinfo on the same networks.

Each in a process of its own with two threads: the import is left out, the first call is what counts. A trace is the
way forward and back with every number recomputed by hand; TorchLens logs the forward pass's numbers (gradients where it
is asked to), torchinfo only shapes and counts.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from bench import child
from bench.results import goal, middle

NETWORKS = ("mlp", "resnet18", "vit_b_16")
LIMITS = {"mlp": 0.05, "resnet18": 3.0, "vit_b_16": 10.0}  # seconds
TOOLS = ("vitreous", "torchlens", "torchinfo")


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peers", default=sys.executable, help="a Python that has torchlens and torchinfo")
    parser.add_argument("--networks", nargs="*", default=NETWORKS, choices=NETWORKS)
    parser.add_argument("--threads", type=int, default=2)


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    figures: dict[str, dict[str, Any]] = {}
    notes = []
    for network in arguments.networks:
        for tool in TOOLS:
            python = sys.executable if tool == "vitreous" else arguments.peers
            runs = []
            for _ in range(arguments.repeats):
                try:
                    runs.append(_once(python, tool, network, arguments.threads))
                except RuntimeError as error:
                    notes.append(
                        f"{tool} on {network} could not be run: {str(error).strip().splitlines()[-1]}"
                    )
                    break
            if runs:
                seconds = [r["seconds"] for r in runs]
                figures[f"{network}, {tool}"] = {
                    "seconds": middle(seconds), "least": min(seconds),
                    **{column: middle([r[column] for r in runs]) for column in ("again", "cpu_seconds", "peak_mib")},
                    **runs[0]["shows"],
                }  # fmt: skip
    seven = _once(sys.executable, "vitreous", "seven_billion", arguments.threads)
    figures["7 billion parameters on the meta device, structure"] = {
        "seconds": seven["seconds"], "peak_mib": seven["peak_mib"], **seven["shows"],
    }  # fmt: skip
    return {
        "settings": {"repeats": arguments.repeats, "threads": arguments.threads},
        "figures": figures,
        "goals": [
            *(
                goal(f"seconds, {name}", figures[f"{name}, vitreous"]["seconds"], at_most=LIMITS[name])
                for name in arguments.networks
            ),
            goal("MiB of a trace: resnet18", figures.get("resnet18, vitreous", {}).get("peak_mib"), at_most=1536),
            goal("seconds of a structure of 7 billion parameters", seven["seconds"], at_most=10),
        ],
        "notes": notes,
    }  # fmt: skip


def _once(python: str, tool: str, network: str, threads: int) -> dict[str, Any]:
    script = Path(__file__).parent / "peers" / "look_one.py"
    environment = {"OMP_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "PASSIVE"}
    environment["PYTHONPATH"] = os.pathsep.join(
        [str(Path(__file__).parents[1] / "src"), os.environ.get("PYTHONPATH", "")]
    )
    ended = child.run([python, str(script), tool, network], environment=environment)
    found: dict[str, Any] = ended.last_json()
    found["peak_mib"] = round(ended.peak_mib, 1)
    return found
