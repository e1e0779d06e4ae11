"""The digit classifier, 784-128-64-10, five epochs of MNIST in batches of 64: ours, every peer, the bare arithmetic.

Each contender runs in a process of its own, in turn, as often as ``--repeats`` says; figures are medians.
Vitreous trains on all 60,000 images as the others do (``data.validation=0``), without its baselines (they
are models of their own), with its record of gradients and activations, its checks, its checkpoint and its
report on. ``vitreous defaults`` is the same command with nothing turned off. A PyTorch peer is measured on
its default number of threads and on one, and counts by the better. ``floor`` is the arithmetic alone: the
matrix products of forward and backward pass in ``torch.mm``, without autograd, loss, optimizer or data.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench import child, data
from bench.results import goal, middle

TORCH_PEERS = {
    "tutorial": "torch",
    "tensor_dataset": "torch",
    "skorch_net": "skorch",
    "lightning_trainer": "lightning",
}
OTHER_PEERS = {"keras_jax": "keras", "sklearn_mlp": "sklearn"}
NEEDS = {**TORCH_PEERS, **OTHER_PEERS}


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument(
        "--examples", type=int, default=60_000, help="of the peers and the arithmetic: fewer for a trial"
    )
    parser.add_argument("--peers", default=",".join(NEEDS), help="comma-separated; none: ''")
    parser.add_argument(
        "--quick", action="store_true", help="only ours, on one thread, and the arithmetic: a trial"
    )


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    peers = [name for name in arguments.peers.split(",") if name]
    absent = [name for name in peers if find_spec(NEEDS[name]) is None]
    contenders = _contenders([name for name in peers if name not in absent])
    if arguments.quick:
        contenders = {name: contenders[name] for name in ("vitreous", "floor, one thread")}
        peers = []
    rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in contenders}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(arguments.repeats):
            for name, (peer, threads) in contenders.items():
                found = _peer(peer, threads, arguments) if peer else _ours(name, Path(folder), arguments)
                rounds[name].append(found)
                print(
                    f"  {number + 1}/{arguments.repeats} {name}: {found['epoch_seconds']:.3f} s/epoch",
                    file=sys.stderr,
                )
    figures = {name: _figures(measured) for name, measured in rounds.items()}
    best = {peer: _better(figures, peer) for peer in peers if peer not in absent}
    return {
        "settings": {
            "repeats": arguments.repeats, "epochs": arguments.epochs, "batch_size": 64, "hidden": [128, 64],
            "ours": " ".join(["vitreous train mnist", *_settings("vitreous", arguments)]),
            "peers that are not installed": absent,
        },
        "figures": figures,
        "ratios": _ratios(figures, best),
        "goals": _goals(figures, best, full=arguments.epochs >= 5 and arguments.examples == 60_000),
        "notes": [
            "epoch seconds: median over the epochs of a run, then over the runs",
            "peak memory: largest resident size of the process",
            "ratios: the peer's better number of threads over vitreous; above 1 is in favour of vitreous",
        ],
    }  # fmt: skip


def _contenders(peers: list[str]) -> dict[str, tuple[str | None, int]]:
    """Name to the peer's script (None: ours) and its threads (0: its default)."""
    found: dict[str, tuple[str | None, int]] = {"vitreous": (None, 0), "vitreous defaults": (None, 0)}
    for peer in peers:
        found[peer] = (peer, 0)
        if peer in TORCH_PEERS or peer == "sklearn_mlp":
            found[f"{peer}, one thread"] = (peer, 1)
    return {**found, "floor, one thread": ("floor", 1), "floor, two threads": ("floor", 2)}


def _settings(name: str, arguments: argparse.Namespace) -> list[str]:
    options = [
        "--model",
        "mlp",
        "--epochs",
        str(arguments.epochs),
        "--batch-size",
        "64",
        *child.settings_options({"model.hidden": [128, 64]}),
    ]
    if name == "vitreous":
        options += [*child.settings_options({"data.validation": 0}), "--no-baselines"]
    if arguments.quick:
        options += child.settings_options({"train.threads": 1})
    return options


def _ours(name: str, folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    # An empty cache: the search for the best number of threads is part of what a person waits for.
    with tempfile.TemporaryDirectory() as cache:
        trained = child.train(
            "mnist", folder / "run", {}, "--data-dir", str(data.find("mnist")), *_settings(name, arguments),
            environment={"XDG_CACHE_HOME": cache},
        )  # fmt: skip
    return {
        "epoch_seconds": middle(trained.epoch_seconds),
        "process_seconds": trained.child.seconds,
        "cpu_seconds": trained.child.cpu_seconds,
        "peak_mib": trained.child.peak_mib,
        "test_accuracy": trained.result["test.accuracy"],
    }


def _peer(name: str, threads: int, arguments: argparse.Namespace) -> dict[str, Any]:
    command = [sys.executable, "-m", f"bench.peers.{name}", "--data", str(data.find("mnist"))]
    command += [
        "--epochs",
        str(arguments.epochs),
        "--threads",
        str(threads),
        "--examples",
        str(arguments.examples),
    ]
    ended = child.run(command)
    said = ended.last_json()
    return {
        "epoch_seconds": middle(said["epoch_seconds"]),
        "process_seconds": ended.seconds,
        "cpu_seconds": ended.cpu_seconds,
        "peak_mib": ended.peak_mib,
        "test_accuracy": said["test_accuracy"],
    }


def _figures(measured: list[dict[str, Any]]) -> dict[str, float | None]:
    return {
        key: None if measured[0][key] is None else round(middle([one[key] for one in measured]), 4)
        for key in measured[0]
    }


def _better(figures: dict[str, dict[str, Any]], peer: str) -> dict[str, Any]:
    """The peer at its best, in each figure on its own: epoch, process and memory."""
    variants = [figures[name] for name in (peer, f"{peer}, one thread") if name in figures]
    return {
        key: min(one[key] for one in variants) for key in ("epoch_seconds", "process_seconds", "peak_mib")
    }


def _ratios(figures: dict[str, dict[str, Any]], best: dict[str, dict[str, Any]]) -> dict[str, Any]:
    ours = figures["vitreous"]
    ratios: dict[str, Any] = {
        peer: {key: round(found[key] / ours[key], 3) for key in found} for peer, found in best.items()
    }
    for name in figures:
        if name.startswith("floor"):
            ratios[name] = {"epoch_seconds": round(figures[name]["epoch_seconds"] / ours["epoch_seconds"], 3)}
    return ratios


def _goals(
    figures: dict[str, dict[str, Any]], best: dict[str, dict[str, Any]], *, full: bool
) -> list[dict[str, Any]]:
    """Full: all five epochs of all images; a trial has no goals."""
    ours = figures["vitreous"]
    if not full:
        return []
    goals = []
    for peer, found in best.items():
        goals.append(
            goal(f"an epoch of {peer} / ours", found["epoch_seconds"] / ours["epoch_seconds"], at_least=1.0)
        )
        goals.append(
            goal(
                f"process of {peer} / ours", found["process_seconds"] / ours["process_seconds"], at_least=1.0
            )
        )
    if "tutorial" in best:
        goals.append(
            goal(
                "an epoch of the tutorial loop / ours",
                best["tutorial"]["epoch_seconds"] / ours["epoch_seconds"],
                at_least=10.0,
            )
        )
    if best:
        least = min(found["peak_mib"] for found in best.values())
        goals.append(goal("our peak memory / the smallest of theirs", ours["peak_mib"] / least, at_most=1.1))
    goals.append(goal("our test accuracy", ours["test_accuracy"], at_least=0.975))
    return goals
