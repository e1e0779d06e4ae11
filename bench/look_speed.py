"""How long a trace takes and what memory, beside TorchLens and torchinfo on the same networks.

Each in a process of its own with two threads: the import is left out, the first call is what counts. A trace is the
way forward and back with every number recomputed by hand; TorchLens logs the forward pass's numbers, and once more with
the gradients that it is asked for; torchinfo shows shapes and counts (its operations are layers). Then the pages: their
size, and how soon Chromium can use them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import child
from bench.results import goal, middle

NETWORKS = ("mlp", "resnet18", "vit_b_16")
LIMITS = {"mlp": 0.05, "resnet18": 3.0, "vit_b_16": 10.0}  # seconds
PAGES = {"resnet18": 5_000_000, "mlp": 1_000_000}  # bytes at most; the mlp is the digit classifier
INTERACTIVE_SECONDS = 1.0
TOOLS = ("vitreous", "torchlens", "torchlens_back", "torchinfo")
NAMES = {"torchlens_back": "torchlens, forward and back"}


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peers", default=sys.executable, help="a Python that has torchlens and torchinfo")
    parser.add_argument("--networks", nargs="*", default=NETWORKS, choices=NETWORKS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--pages", nargs="*", default=list(PAGES), choices=PAGES)


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
                figures[f"{network}, {NAMES.get(tool, tool)}"] = {
                    "seconds": middle(seconds), "least": min(seconds),
                    **{column: middle([r[column] for r in runs]) for column in ("again", "cpu_seconds", "peak_mib")},
                    **runs[0]["shows"],
                }  # fmt: skip
    seven = _once(sys.executable, "vitreous", "seven_billion", arguments.threads)
    figures["7 billion parameters on the meta device, structure"] = {
        "seconds": seven["seconds"], "peak_mib": seven["peak_mib"], **seven["shows"],
    }  # fmt: skip
    pages = {name: _page(name, arguments) for name in arguments.pages}
    figures |= {f"page of {name}": found for name, found in pages.items()}
    return {
        "settings": {"repeats": arguments.repeats, "threads": arguments.threads},
        "figures": figures,
        "goals": [
            *(
                goal(f"seconds, {name}", _of(figures, f"{name}, vitreous", "seconds"), at_most=LIMITS[name])
                for name in arguments.networks
            ),
            goal("MiB of a trace: resnet18", figures.get("resnet18, vitreous", {}).get("peak_mib"), at_most=1536),
            goal("seconds of a structure of 7 billion parameters", seven["seconds"], at_most=10),
            *(goal(f"bytes of the page: {name}", found["bytes"], at_most=PAGES[name]) for name, found in pages.items()),
            *(
                goal(f"seconds until the page can be used: {name}", found["interactive"], at_most=INTERACTIVE_SECONDS)
                for name, found in pages.items()
            ),
        ],
        "notes": notes,
    }  # fmt: skip


def _of(figures: dict[str, dict[str, Any]], name: str, column: str) -> float | None:
    value: float | None = figures.get(name, {}).get(column)
    return value


def _page(network: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """The page's size, how long it takes to make, and in Chromium from opening it to a step's numbers on a click."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "page.html"
        made = _once(sys.executable, "page", network, arguments.threads, str(path))
        seconds = _opened(path, arguments.repeats)
        return {
            "bytes": path.stat().st_size, "seconds": made["seconds"], "peak_mib": made["peak_mib"],
            "interactive": middle(seconds) if seconds else None, "slowest": max(seconds, default=None),
        }  # fmt: skip


def _opened(path: Path, repeats: int) -> list[float]:
    """Seconds from navigation to the numbers of the fourth step drawn after a click; none without a browser."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        return []
    chromium = shutil.which("chromium") or "/usr/bin/chromium"
    if not Path(chromium).exists():
        return []
    found = []
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for _ in range(repeats + 1):
            tab = browser.new_page()
            start = time.perf_counter()
            tab.goto(path.as_uri(), wait_until="commit")
            tab.wait_for_selector("html[data-ready]")
            tab.locator("#forward details.step > summary").nth(3).click()
            tab.wait_for_selector("#forward .controls")
            found.append(round(time.perf_counter() - start, 4))
            tab.close()
        browser.close()
    return found[1:]  # the first one starts the browser's own processes


def _once(python: str, tool: str, network: str, threads: int, *more: str) -> dict[str, Any]:
    script = Path(__file__).parent / "peers" / "look_one.py"
    environment = {"OMP_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "PASSIVE"}
    environment["PYTHONPATH"] = os.pathsep.join(
        [str(Path(__file__).parents[1] / "src"), os.environ.get("PYTHONPATH", "")]
    )
    ended = child.run([python, str(script), tool, network, *more], environment=environment)
    found: dict[str, Any] = ended.last_json()
    found["peak_mib"] = round(ended.peak_mib, 1)
    return found
