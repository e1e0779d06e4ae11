"""What the doctor's record costs a plain training loop, and that it changes no weight.

The loop by itself, under ``vt.watch()`` (the taps that ``vitreous doctor`` observes a script with), and with
TensorBoard's histograms of weights and gradients every 100 steps and Cockpit's cheapest configuration as often,
in turn, each in a process of its own on one thread. Ratios are medians over the pairs of one turn, so that a machine
that slows down slows both.
"""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from typing import Any

from bench import child
from bench.peers.watched_loop import LOOKING, NEEDS, NETWORKS, UNKNOWN
from bench.results import goal, middle

AT_MOST = {"lenet5": 1.03, "transformer": 1.03, "digits": 1.05}  # a whole run's time over the plain one's
MEMORY_AT_MOST = 1.05
STEPS = {
    "digits": 4690,
    "lenet5": 1200,
    "transformer": 400,
}  # five epochs of MNIST in batches of 64; shorter ones


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--steps", type=int, help=f"of each network; by default {STEPS}")
    parser.add_argument("--networks", default=",".join(NETWORKS), help="with commas")


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    there = [how for how in LOOKING if how not in NEEDS or find_spec(NEEDS[how][0])]
    figures: dict[str, Any] = {}
    ratios: dict[str, Any] = {}
    goals = []
    for network in arguments.networks.split(","):
        ways = [how for how in there if (network, how) not in UNKNOWN]
        turns = [
            {how: _once(network, how, arguments.steps or STEPS[network]) for how in ways}
            for _ in range(arguments.repeats)
        ]
        for how in ways:
            pairs = [(turn[how], turn["plain"]) for turn in turns]
            figures[f"{network}, {how}"] = {
                "milliseconds_a_step": middle([1000 * one["seconds"] / one["steps"] for one, _ in pairs]),
                "peak_mib": middle([one["peak_mib"] for one, _ in pairs]),
            }
            ratios[f"{network}, {how}"] = {
                "time": middle([one["seconds"] / plain["seconds"] for one, plain in pairs]),
                "processor_time": middle([one["cpu_seconds"] / plain["cpu_seconds"] for one, plain in pairs]),
                "memory": middle([one["peak_mib"] / plain["peak_mib"] for one, plain in pairs]),
            }
        ours = ratios[f"{network}, vitreous"]
        weights = len({turn[how]["weights"] for turn in turns for how in ways})
        goals += [
            goal(f"{network}: time with the record / without", ours["time"], at_most=AT_MOST[network]),
            goal(f"{network}: peak memory with the record / without", ours["memory"], at_most=MEMORY_AT_MOST),
            goal(f"{network}: different final weights over all runs", weights, at_most=1),
        ]
    return {
        "settings": {"repeats": arguments.repeats, "steps": arguments.steps or STEPS},
        "figures": figures, "ratios": ratios, "goals": goals,
        "notes": [f"{how} is not installed, and was not measured" for how in LOOKING if how not in there],
    }  # fmt: skip


def _once(network: str, how: str, steps: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.peers.watched_loop", network, how, "--steps", str(steps)]
    ended = child.run(command, environment={"OMP_NUM_THREADS": "1"})
    return ended.last_json() | {"peak_mib": ended.peak_mib}
