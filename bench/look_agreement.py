"""How exactly the operations by hand agree with torch, over random calls and whole networks.

Every operation over random shapes and options in float64, forward and gradient, each number compared; then whole
networks in float64 and float32, and the share of their operations that is explained by hand.
"""

from __future__ import annotations

import argparse
import random
import sys
import warnings
from typing import Any

from bench.data import ROOT
from bench.results import goal

FLOAT64, FLOAT32 = 1e-6, 1e-4  # what counts as equal, relative to the largest number


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--examples", type=int, default=2000, help="random calls of each operation")
    parser.add_argument("--only", nargs="*", default=(), help="only these operations")
    parser.add_argument("--skip-networks", action="store_true")


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    sys.path.insert(0, str(ROOT))
    warnings.simplefilter("ignore")
    operations = {
        name: _operation(name, arguments.examples)
        for name in _calls()
        if not arguments.only or name in arguments.only
    }
    networks = {} if arguments.skip_networks else _networks()
    calls = sum(found["calls"] for found in operations.values())
    return {
        "settings": {"examples": arguments.examples, "operations": len(operations)},
        "figures": {**{f"{name}": found for name, found in operations.items()}, **networks},
        "goals": [
            goal(
                "random calls that agree",
                sum(f["agree"] for f in operations.values()) / max(calls, 1),
                at_least=1.0,
            ),
            goal(
                "largest difference over all calls, float64",
                max((max(f["forward"], f["back"]) for f in operations.values()), default=None),
                at_most=FLOAT64,
            ),
            *(
                goal(f"share explained by hand: {name}", found["explained"], at_least=1.0)
                for name, found in networks.items()
            ),
        ],
        "notes": [f"{calls:,} calls of {len(operations)} operations."],
    }


def _calls() -> dict[str, Any]:
    from tests.looking.calls import CALLS

    return CALLS


def _operation(name: str, examples: int) -> dict[str, Any]:
    """Calls with seeds from 0: the draws of the tests, without shrinking."""
    import torch
    from hypothesis.internal.conjecture.data import ConjectureData
    from tests.looking.test_agreement import Calling

    import vitreous as vt

    found = {"calls": 0, "agree": 0, "forward": 0.0, "back": 0.0}
    for seed in range(examples):
        data = ConjectureData(random=random.Random(seed))
        function, tensors = _calls()[name](data.draw)
        torch.manual_seed(seed)
        trace = vt.look(Calling(function, tensors), torch.ones(1, dtype=torch.float64))
        found["calls"] += 1
        errors = [(s.error_forward or 0.0, s.error_backward or 0.0) for s in trace.steps if s.computes]
        found["agree"] += trace.explained == 1 and max(map(max, errors)) <= FLOAT64
        found["forward"] = max(found["forward"], *(e[0] for e in errors))
        found["back"] = max(found["back"], *(e[1] for e in errors))
    return found


def _networks() -> dict[str, dict[str, Any]]:
    import torch
    from tests.looking.networks import NETWORKS

    import vitreous as vt

    found = {}
    for name, make in NETWORKS.items():
        torch.manual_seed(0)
        model, x, y = make()
        single = vt.look(model.train(), x, y)
        double = vt.look(model.double().eval(), x, y)
        found[name] = {
            "operations": sum(s.computes for s in double.steps),
            "explained": min(single.explained, double.explained),
            "float64": max(double.largest_errors),
            "float32": max(single.largest_errors),
        }
    return found
